"""Why the directory takes a provider in, and who may look; pure."""
