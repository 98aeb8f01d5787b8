"""What can be done with the provider directory."""
