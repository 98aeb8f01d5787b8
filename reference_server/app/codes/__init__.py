"""The command `codes`: brings lists of codes into the Worlds of a folder."""
