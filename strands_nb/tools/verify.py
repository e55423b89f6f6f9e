"""Checking a workflow that a model wrote."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from strands_nb.errors import LoadError, Problem, SchemaValidationError
from strands_nb.spec import check, parse

__all__ = ("spec_verify",)


def spec_verify(
    spec_content: Annotated[str, Field(description="the workflow in YAML or JSON, without fences around it")],
    *,
    check_capability: Annotated[bool, Field(description="also list what a run of it would need, and warnings")] = True,
) -> dict[str, Any]:
    r"""Check a workflow: every mistake with its place, and what was probably meant.

    >>> spec_verify("agents: {writer: {prompt: You write.}}\nsteps: [{wrtier: Go}]")["errors"]
    ["line 2, col 10: unknown step kind 'wrtier'; did you mean 'writer'?"]
    """
    try:
        # As from the network: a text by a model may not refer to files here.
        spec = parse(spec_content, network=True)
    except SchemaValidationError as error:
        return _report(error.errors, all_of_them=check_capability)
    except LoadError as error:
        return {"valid": False, "errors": [str(error)]}
    return _report(check(spec), all_of_them=check_capability) | {"name": spec.name, "pattern": spec.pattern.type}


def _report(problems: list[Problem], *, all_of_them: bool) -> dict[str, Any]:
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    report: dict[str, Any] = {"valid": not errors, "errors": errors}
    if all_of_them:
        report["needs"] = [str(problem) for problem in problems if problem.severity == "needs"]
        report["warnings"] = [str(problem) for problem in problems if problem.severity == "warning"]
    return report
