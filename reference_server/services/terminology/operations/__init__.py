"""One module an operation: what is asked of the lists, and what they answer."""
