"""The words after `%%workflow` and `%workflow`, and the variables they take from the notebook."""

__all__ = ()
