"""Static files under names that carry their content's hash, so that they are kept for ever."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.responses import Response

WEB: Final = "reference_server.kernel.web"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
_HASH: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file: `served` is `web.3fa2b1c09d8e.css` for `web.css`."""

    name: str
    served: str
    media_type: str
    content: bytes


@cache
def assets(home: str) -> dict[str, Asset]:
    """Return the files of a package's `static/` by name; none where it has none."""
    folder = files(home) / "static"
    if not folder.is_dir():
        return {}
    found = (_asset(each.name, each.read_bytes()) for each in folder.iterdir() if each.is_file())
    return {each.name: each for each in found}


def _asset(name: str, content: bytes) -> Asset:
    stem, dot, suffix = name.rpartition(".")
    mark = hashlib.sha256(content).hexdigest()[:_HASH]
    media_type = _TYPES[dot + suffix]
    return Asset(
        name=name, served=f"{stem}.{mark}.{suffix}", media_type=media_type, content=content
    )


def find(name: str, homes: tuple[str, ...]) -> Asset:
    """Return a file by its own name, from the first package that has it; LookupError."""
    for home in homes:
        if name in assets(home):
            return assets(home)[name]
    raise LookupError(name)


def answer(served: str, homes: tuple[str, ...]) -> Response | None:
    """Return a file by the name it is served under, None where there is none."""
    for home in homes:
        for asset in assets(home).values():
            if asset.served == served:
                headers = {"Cache-Control": "public, max-age=31536000, immutable"}
                return Response(asset.content, media_type=asset.media_type, headers=headers)
    return None
