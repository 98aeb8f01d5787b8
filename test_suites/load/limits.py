"""How much load may be asked for at most; imports nothing that takes time."""

from typing import Final

HIGHEST_RATE: Final = 100
"""Journeys begun a second."""
MOST_SECONDS: Final = 3600
MOST_USERS: Final = 1000
