"""Does this software hold? Runs conversations, records them, judges what was recorded."""
