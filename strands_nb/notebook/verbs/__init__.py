"""What `%workflow VERB` does; `table` has them all."""

__all__ = ()
