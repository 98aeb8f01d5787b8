"""Looks at PDF pages: readable codes, blank areas, text, soundness; pure, bytes in, facts out.

The page readers (pypdfium2, zxing-cpp, pikepdf) are imported when a page is looked at: a lab
without them can still judge everything that is not paper, and says so with PagesUnreadable.
"""

import io
from functools import lru_cache
from typing import Any

_POINTS_PER_MILLIMETRE = 72 / 25.4
_SCALE = 2.0
"""144 dots an inch: a module of a 30 mm code is then four pixels wide."""

_REMEMBERED = 16
"""Pages whose codes are kept in mind: several checks look at the same page of a case."""

_WHITE = 250


class PagesUnreadable(Exception):
    """The bytes are not a PDF that can be rendered, or no page reader is installed."""


def is_pdf(content: bytes | None) -> bool:
    """Tell whether bytes begin as a PDF does."""
    return content is not None and content[:5] == b"%PDF-"


@lru_cache(maxsize=_REMEMBERED)
def codes_on(pdf: bytes) -> tuple[str, ...]:
    """Return the text of every QR code that can be read on the first page."""
    try:
        import zxingcpp  # noqa: PLC0415  see the module's sentence
    except ImportError as error:
        raise PagesUnreadable("zxing-cpp is not installed") from error
    image = _first_page(pdf)
    results = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    )
    return tuple(sorted(result.text for result in results))


def text_on(pdf: bytes) -> str:
    """Return the text of every page."""
    with _open(pdf) as opened:
        return "\n".join(page.get_textpage().get_text_bounded() for page in opened)


def is_blank_top_right(pdf: bytes, *, millimetres: int) -> bool:
    """Tell whether the square at the top right of the first page bears nothing."""
    image = _first_page(pdf)
    side = round(millimetres * _POINTS_PER_MILLIMETRE * _SCALE)
    corner = image.crop((max(0, image.width - side), 0, image.width, min(side, image.height)))
    darkest, _ = corner.getextrema()
    return bool(darkest >= _WHITE)


def soundness_flaws(pdf: bytes, *, pages: int, megabytes: int) -> tuple[str, ...]:
    """Return what is wrong with a submitted PDF: size, pages, encryption, active content."""
    import pikepdf  # noqa: PLC0415  see the module's sentence

    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            found = {
                "too-large": len(pdf) > megabytes * 1024 * 1024,
                "too-many-pages": len(opened.pages) > pages,
                "encrypted": opened.is_encrypted,
                "embedded-file": bool(opened.attachments),
                "script": _has_script(opened),
            }
    except pikepdf.PasswordError:
        return ("encrypted",)
    except pikepdf.PdfError:
        return ("unreadable",)
    return tuple(name for name, wrong in found.items() if wrong)


def _has_script(opened: Any) -> bool:  # noqa: ANN401  pikepdf's objects are untyped mappings
    root = opened.Root
    opening = root.get("/OpenAction", {})
    acts = hasattr(opening, "get") and opening.get("/S") is not None
    runs = acts and str(opening.get("/S")) in {"/JavaScript", "/Launch"}
    return bool(runs or "/JavaScript" in root.get("/Names", {}) or "/AA" in root)


def _open(pdf: bytes) -> Any:  # noqa: ANN401  pypdfium2 publishes no types
    try:
        import pypdfium2  # noqa: PLC0415  see the module's sentence
    except ImportError as error:
        raise PagesUnreadable("pypdfium2 is not installed") from error
    try:
        return pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PagesUnreadable("not a PDF that can be rendered") from error


def _first_page(pdf: bytes) -> Any:  # noqa: ANN401  a PIL image, an optional library
    with _open(pdf) as opened:
        return opened[0].render(scale=_SCALE, grayscale=True).to_pil()
