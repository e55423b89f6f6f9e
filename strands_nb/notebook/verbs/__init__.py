"""What `%workflow VERB` does; `table` has them all."""
