"""What the arguments of `resume` say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.errors import InvalidAnswerError

if TYPE_CHECKING:
    from strands_nb.engine.payloads import Action

__all__ = ("response_action",)


def response_action(
    text: str | None, *, approve: bool, reject: bool, feedback: str | None
) -> tuple[Action, str | None] | None:
    """Which action the arguments of `resume` mean; None where there is no answer in them.

    Raises:
        InvalidAnswerError: they mean two at once.
    """
    said = [name for name, one in (("approve", approve), ("reject", reject)) if one]
    if len(said) > 1 or (feedback is not None and (approve or text is not None)):
        message = "an answer is one thing: a text (or approve=True), feedback='...', or reject=True with the reason"
        raise InvalidAnswerError(message)
    if reject:
        return "reject", text if feedback is None else feedback
    if feedback is not None:
        return "modify", feedback
    if approve or text is not None:
        return "approve", text
    return None
