"""Pages on which patients read who saw what of theirs, when and why; knows no table."""

from reference_server.services.audit.pages.lines import SITE, own_page
from reference_server.services.audit.pages.routes import PAGES

__all__ = ["PAGES", "SITE", "own_page"]
