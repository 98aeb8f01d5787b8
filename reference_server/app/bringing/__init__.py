"""What the commands share that bring a file into a World."""
