"""Sentences for people, by message id and language; knows nothing of what they are about."""

from reference_server.text.catalogue import (
    LANGUAGES,
    Catalogue,
    CatalogueError,
    MissingTextError,
    default_catalogue,
)
from reference_server.text.system import system_reason

__all__ = [
    "LANGUAGES",
    "Catalogue",
    "CatalogueError",
    "MissingTextError",
    "default_catalogue",
    "system_reason",
]
