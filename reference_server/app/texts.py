"""The server's own sentences for whoever runs it, by message id and language."""

from functools import cache
from importlib.resources import files

from reference_server.text import Catalogue


@cache
def texts() -> Catalogue:
    """Return them, read once."""
    return Catalogue.load(files("reference_server.app") / "messages")
