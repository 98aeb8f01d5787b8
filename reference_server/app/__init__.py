"""The reference server put together: Worlds, the ASGI app over them, and serving it.

Its names are imported when first asked for, so that `serve --help` answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference_server.app.asgi import build_app
    from reference_server.app.wiring import SERVICES
    from reference_server.app.worlds import WorldRegistry, open_world

__all__ = ["SERVICES", "WorldRegistry", "build_app", "open_world"]

_HOMES = {
    "SERVICES": "wiring",
    "WorldRegistry": "worlds",
    "build_app": "asgi",
    "open_world": "worlds",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    found: object = getattr(import_module(f"reference_server.app.{_HOMES[name]}"), name)
    return found
