"""What may stand where in the text of a workflow, read while it is being typed."""

__all__ = ()
