"""The sandbox's own sentences, by message id and language."""

from functools import cache
from importlib.resources import files

from reference_server.kernel.web import MESSAGES
from reference_server.text import Catalogue


@cache
def texts() -> Catalogue:
    """Return them, read once."""
    return Catalogue.load(files("reference_server.app.kit") / "messages", MESSAGES)
