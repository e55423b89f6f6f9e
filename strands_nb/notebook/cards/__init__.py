"""The card of a run: what it shows, what is clicked on it, and what stays of it in the notebook."""

__all__ = ()
