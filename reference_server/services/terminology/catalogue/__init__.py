"""What the service knows: R4's code systems, value sets and maps, and the national ones."""
