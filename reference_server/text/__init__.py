"""Sentences for people, by message id and language; knows nothing of what they are about."""

from reference_server.text.catalogue import (
    LANGUAGES,
    Catalogue,
    CatalogueError,
    MissingTextError,
    default_catalogue,
)

__all__ = [
    "LANGUAGES",
    "Catalogue",
    "CatalogueError",
    "MissingTextError",
    "default_catalogue",
]
