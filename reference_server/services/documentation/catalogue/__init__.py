"""What is documented, found and compared; writes no page and keeps nothing."""
