"""Looks at PDF pages: readable codes, blank areas, text, soundness; pure, bytes in, facts out.

The page readers (pypdfium2, zxing-cpp, pikepdf) are imported when a page is looked at: a lab
without them can still judge everything that is not paper, and says so with PagesUnreadable.
A page comes from the product under test: its size and the number of pages are its choice, so
what is drawn and read of them is bounded here.
"""

import io
import math
from functools import lru_cache
from itertools import islice
from typing import Any

_POINTS_PER_MILLIMETRE = 72 / 25.4
_SCALE = 2.0
"""144 dots an inch: a module of a 30 mm code is then four pixels wide."""

_MOST_PIXELS = 36_000_000
"""An A0 page at that scale; a byte each. What is larger is drawn smaller."""

_LONGEST_SIDE = 60_000
"""Pixels; zxing-cpp takes no more than 65 535."""

_MOST_PAGES = 20
"""Twice what the service accepts."""

_REMEMBERED = 16
"""Pages whose codes are kept in mind: several checks look at the same page of a case."""

_WHITE = 250

_SMALLEST, _LARGEST = 3, 200 * 14_400
"""Points a page's side may measure: pdfium draws with whole numbers, and overflows far beyond."""


class PagesUnreadable(Exception):
    """The bytes are not a PDF that can be rendered, or no page reader is installed."""


def is_pdf(content: bytes | None) -> bool:
    """Tell whether bytes begin as a PDF does."""
    return content is not None and content[:5] == b"%PDF-"


@lru_cache(maxsize=_REMEMBERED)
def codes_on(pdf: bytes) -> tuple[str, ...]:
    """Return the text of every QR code that can be read on the first page.

    Of a page larger than A0 a small code may be drawn too small to be read.
    """
    try:
        import zxingcpp  # noqa: PLC0415  see the module's sentence
    except ImportError as error:
        raise PagesUnreadable("zxing-cpp is not installed") from error
    with _open(pdf) as opened:
        page, (width, height) = _first_page(opened)
        longest = _LONGEST_SIDE / max(width, height)
        scale = min(_SCALE, longest, math.sqrt(_MOST_PIXELS / (width * height)))
        image = _drawn(page, scale)
    results = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    )
    return tuple(sorted(result.text for result in results))


def text_on(pdf: bytes) -> str:
    """Return the text of the first twenty pages."""
    with _open(pdf) as opened:
        pages = islice(opened, _MOST_PAGES)
        return "\n".join(page.get_textpage().get_text_bounded() for page in pages)


def is_blank_top_right(pdf: bytes, *, millimetres: int) -> bool:
    """Tell whether the square at the top right of the first page bears nothing."""
    side = millimetres * _POINTS_PER_MILLIMETRE
    with _open(pdf) as opened:
        page, (width, height) = _first_page(opened)
        beside, below = max(0.0, width - side), max(0.0, height - side)
        darkest, _ = _drawn(page, _SCALE, crop=(beside, below, 0, 0)).getextrema()
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


def _first_page(opened: Any) -> tuple[Any, tuple[float, float]]:  # noqa: ANN401  as above
    """Return the first page and its width and height in points."""
    import pypdfium2  # noqa: PLC0415  see the module's sentence

    try:
        page = opened[0]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise PagesUnreadable("no first page") from error
    width, height = page.get_size()
    if not all(_SMALLEST <= side <= _LARGEST for side in (width, height)):
        raise PagesUnreadable("a page of impossible size")
    return page, (width, height)


def _drawn(page: Any, scale: float, crop: tuple[float, ...] = (0, 0, 0, 0)) -> Any:  # noqa: ANN401  a PIL image
    return page.render(scale=scale, crop=crop, grayscale=True).to_pil()
