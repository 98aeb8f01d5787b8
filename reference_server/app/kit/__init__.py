"""A sandbox: the folder that lets a newcomer send a first prescription from code of their own."""
