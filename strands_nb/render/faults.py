"""The one way in which a template fails."""

from strands_nb.errors import TemplateError

__all__ = ("TemplateFault",)


class TemplateFault(TemplateError):  # noqa: N818 - the name says what kind of TemplateError it is
    """A `TemplateError` that knows its line; `.reason` is the message without it."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(f"line {line} of the template: {reason}" if line else reason)
        self.reason, self.line = reason, line
