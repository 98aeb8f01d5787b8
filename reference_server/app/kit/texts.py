"""The sandbox's own sentences, by message id and language."""

from functools import cache
from importlib.resources import files

from reference_server.text import Catalogue

MESSAGES = files("reference_server.app.kit") / "messages"


@cache
def texts() -> Catalogue:
    """Return them, read once; those of every page stand in `kit.page`, for help needs no page."""
    return Catalogue.load(MESSAGES)
