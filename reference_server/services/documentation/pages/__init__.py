"""The pages of the specification: what is asked of each, and the template that shows it."""
