"""What is offered and explained while a workflow is being typed."""

__all__ = ()
