"""The options of `%%workflow`, which `%workflow run` has too."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError, BooleanOptionalAction
from typing import get_args

from strands_nb.app.settings import HitlPolicy
from strands_nb.notebook.line.arguments import Parser

__all__ = ("cell_parser",)


def cell_parser(*, file: bool = False) -> Parser:
    """The options of `%%workflow`; with `file`, those of `%workflow run`, which begin with the file.

    >>> args = cell_parser().parse(["brief", "-o", "result", "--var", "topic=tides", "--max-cost", "0.5"])
    >>> args.name, args.out, args.var, args.max_cost
    ('brief', 'result', [('topic', 'tides')], 0.5)
    """
    parser = Parser("run") if file else Parser("", prog="%%workflow")
    option = parser.add_argument
    if file:
        option("file", help="A workflow in YAML or JSON.")
    option("name", nargs="?", help="Name of the workflow; the text's own if left out.")
    option(
        "-o",
        "--out",
        metavar="VAR",
        type=_variable,
        help="Put the result into this variable; with -b the run, with --check the workflow.",
    )
    option("-b", "--background", action=BooleanOptionalAction, help="Return at once; the run goes on.")
    option("--check", action="store_true", help="Run nothing: say what is wrong, and what a run may come to.")
    _add_inputs(parser)
    _add_models(parser)
    _add_ways(parser)
    return parser


def _add_inputs(parser: Parser) -> None:
    option = parser.add_argument
    option(
        "--var", action="append", default=[], metavar="NAME=VALUE", type=_pair, help="Value of an input; repeatable."
    )
    option(
        "--from-ns",
        nargs="?",
        const="",
        metavar="NAMES",
        help="Take inputs that have no value from the notebook's variables; with NAMES (a,b), these.",
    )


def _add_models(parser: Parser) -> None:
    option = parser.add_argument
    option("--model", metavar="PROVIDER:MODEL", help="Model of all agents, e.g. local, scripted, openai:gpt-4o.")
    option("--provider", metavar="NAME", help="Provider of all agents, with the models that the text names.")
    option("--max-cost", type=_dollars, metavar="DOLLARS", help="What the run may cost.")
    option("--max-tokens", type=_count, metavar="N", help="How many tokens it may take.")
    option("--max-steps", type=_count, metavar="N", help="How many calls of agents it may make.")
    option("--max-duration", type=_seconds, metavar="SECONDS", help="How long it may work; waiting for you is apart.")


def _add_ways(parser: Parser) -> None:
    option = parser.add_argument
    option(
        "--on-hitl",
        choices=get_args(HitlPolicy),
        help="What becomes of a question; `ask`, the usual, parks where nobody can answer.",
    )
    option("--output-dir", metavar="DIR", help="Folder for output files; the current one by default.")
    option(
        "--overwrite",
        action=BooleanOptionalAction,
        help="Replace output files that are there, as is usual; --no-overwrite refuses the run before it begins.",
    )
    option("--session", metavar="ID", help="Go on with this session, or begin one of this id.")
    again = parser.add_mutually_exclusive_group()
    for name, what in (("--reuse", "run only what changed"), ("--anew", "start anew")):
        parser.actions.append(
            again.add_argument(name, action="store_true", help=f"Edited since its last run: {what}, unasked.")
        )
    option("--lenient", action="store_true", help="References to steps that do not exist are warnings.")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ArgumentTypeError(f"{text!r}: write NAME=VALUE")
    return name.strip(), value


def _variable(text: str) -> str:
    if not text.isidentifier():
        raise ArgumentTypeError(f"{text!r} is no name that a variable can have")
    return text


def _above_zero(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"{text!r}: give {what} above 0")
    return number


def _dollars(text: str) -> float:
    return _above_zero(text, "an amount of US dollars")


def _seconds(text: str) -> float:
    return _above_zero(text, "a number of seconds")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"{text!r}: give a whole number above 0")
    return int(text)
