"""The result of a whole self-assessment as people read it: screen, file, paper; asks nobody."""
