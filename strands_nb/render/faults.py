"""The one way in which a template or condition fails."""

from strands_nb.errors import TemplateError

__all__ = ("TemplateFault", "fault_at")


class TemplateFault(TemplateError):  # noqa: N818 - the name says what kind of TemplateError it is
    """A `TemplateError` that knows its line, from 1, and the word it is about, where it is about one.

    `.reason` is the message without the place. In a condition it knows its column too, from 1.
    """

    def __init__(
        self, reason: str, line: int | None = None, *, column: int | None = None, word: str | None = None
    ) -> None:
        place = f"line {line} of the template" if column is None else f"line {line}, column {column} of the condition"
        super().__init__(f"{place}: {reason}" if line else reason)
        self.reason, self.line, self.column, self.word = reason, line, column, word


def fault_at(text: str, at: int, reason: str, word: str | None = None) -> TemplateFault:
    r"""The fault at one place of a condition.

    >>> print(fault_at("a and\n  b c", 10, "this is one too many"))
    line 2, column 5 of the condition: this is one too many
    """
    return TemplateFault(reason, text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at), word=word)
