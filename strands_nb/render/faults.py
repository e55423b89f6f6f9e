"""The one way in which a template fails."""

from strands_nb.errors import TemplateError

__all__ = ("TemplateFault",)


class TemplateFault(TemplateError):  # noqa: N818 - the name says what kind of TemplateError it is
    """A `TemplateError` that knows its line, from 1, and the word it is about, where it is about one.

    `.reason` is the message without the place.
    """

    def __init__(self, reason: str, line: int | None = None, *, word: str | None = None) -> None:
        super().__init__(f"line {line} of the template: {reason}" if line else reason)
        self.reason, self.line, self.word = reason, line, word
