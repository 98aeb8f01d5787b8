"""The error catalogue: everything the server may answer instead of a yes, and what then helps.

Its names are imported when first asked for, so that `errors --help` answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference_server.app.errors.entry import Answer, ErrorEntry, Reason
    from reference_server.app.errors.gather import catalogue, refusals
    from reference_server.app.errors.page import page

__all__ = ["Answer", "ErrorEntry", "Reason", "catalogue", "page", "refusals"]

_HOMES = {
    "Answer": "entry",
    "ErrorEntry": "entry",
    "Reason": "entry",
    "catalogue": "gather",
    "page": "page",
    "refusals": "gather",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
