"""Executable reference of the national eHealth services; knows nothing of tests or labels."""
