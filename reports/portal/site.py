"""What all pages of the portal have in common: layout, sentences, static files."""

from functools import cache
from importlib.resources import files
from typing import Final

from reference_server.kernel.web import MESSAGES, Entry, Site
from reference_server.text import Catalogue

SITE: Final = Site(
    home="reports.portal",
    title="portal.title",
    entries=(
        Entry(path="/", text="portal.nav.start"),
        Entry(path="/cesar/resume", text="portal.nav.resume"),
        Entry(path="/cesar/form", text="portal.nav.form"),
        Entry(path="/vendor", text="portal.nav.vendor"),
    ),
    styles=("result.css", "portal.css"),
    modules=("portal.js",),
    borrows=("reports.render.result", "reports.render.dossier"),
)
_SPEAKING: Final = (
    "reports.portal",
    "reports.render.result",
    "reports.render.dossier",
    "reports.cesar",
    "reference_server.text",
)


@cache
def catalogue() -> Catalogue:
    """Return every sentence of the portal, read once."""
    return Catalogue.load(MESSAGES, *(files(package) / "messages" for package in _SPEAKING))
