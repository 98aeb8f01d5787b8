"""Makes the page a prescriber submits and reads the code of a printed one; knows no network."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Final

import pikepdf
import segno

from reference_server.national.prescription_number import make_prescription_number
from reference_server.national.qr import (
    TOKEN_BYTES,
    QrPayload,
    QrPayloadError,
    format_qr,
    make_qr_token,
    parse_qr,
)
from test_suites.engine.players.model import LabError
from test_suites.match.pages import PagesUnreadable, codes_on

_POINTS_PER_MILLIMETRE: Final = 72 / 25.4
_WIDTH, _HEIGHT = 595, 842
_LEFT: Final = 57
_FREE_MILLIMETRES: Final = 60
"""Height of the empty band at the top: the service stamps the 40 mm square at its right end."""

_LEADING: Final = 18
_PREFIX: Final = "ERX1:"
_CODE_MILLIMETRES: Final = 30
_MARGIN_MILLIMETRES: Final = 5
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def make_page(sentences: Sequence[str], *, code: str | None = None) -> bytes:
    """Return a PDF of one A4 page with one sentence a line; its top 60 mm stay free.

    With a code, the page bears it top right, as the service stamps it.
    """
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(_WIDTH, _HEIGHT))
        fonts = pikepdf.Dictionary(F1=pdf.make_indirect(_font()))
        page.obj.Resources = pikepdf.Dictionary(Font=fonts)
        drawing = _written(sentences) if code is None else _written(sentences) + _drawn(code)
        page.obj.Contents = pdf.make_stream(drawing)
        written = BytesIO()
        pdf.save(written, deterministic_id=True)
    return written.getvalue()


@cache
def stray_page() -> bytes:
    """Return a page whose code is of the right form and was issued by nobody."""
    number, token = make_prescription_number(0), make_qr_token(bytes(TOKEN_BYTES))
    code = format_qr(QrPayload(number=number, token=token))
    return make_page(("Ordonnance de biologie médicale",), code=code)


def read_code(page: bytes) -> str | None:
    """Return the prescription code a page bears, None when none can be read.

    Raises LabError where no page reader is installed. Not for threads: the reader beneath is
    one for the whole process and not safe in several.
    """
    try:
        codes = codes_on(page)
    except PagesUnreadable as error:
        if isinstance(error.__cause__, ImportError):
            raise LabError("page-reader-missing") from error
        return None
    except Exception:  # noqa: BLE001  whatever a hostile page makes the reader raise
        return None
    ours = [code for code in codes if code.upper().startswith(_PREFIX)]
    return next(iter(ours or codes), None)


def tampered(code: str) -> str:
    """Return a code of the same form and number whose secret is another one."""
    try:
        payload = parse_qr(code)
    except QrPayloadError:
        return code[:-1] + ("A" if code[-1:] != "A" else "B")
    turned = "".join(_BASE32[(_BASE32.index(char) + 7) % 32] for char in payload.token)
    return format_qr(QrPayload(number=payload.number, token=turned))


def _font() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )


def _written(sentences: Sequence[str]) -> bytes:
    top = round(_HEIGHT - _FREE_MILLIMETRES * _POINTS_PER_MILLIMETRE)
    shown = [b"(" + _escaped(sentence) + b") Tj T*" for sentence in sentences]
    return b"\n".join(
        [b"BT", b"/F1 11 Tf", b"%d TL" % _LEADING, b"%d %d Td" % (_LEFT, top), *shown, b"ET"]
    )


def _escaped(sentence: str) -> bytes:
    """Return a sentence as a PDF string in WinAnsi; what the font does not have becomes `?`."""
    encoded = sentence.encode("cp1252", "replace")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _drawn(code: str) -> bytes:
    """Draw the code's dark modules, 30 mm wide, 5 mm from the top right corner."""
    matrix = segno.make(code, error="m", boost_error=False).matrix
    module = _CODE_MILLIMETRES * _POINTS_PER_MILLIMETRE / len(matrix)
    margin = _MARGIN_MILLIMETRES * _POINTS_PER_MILLIMETRE
    left = _WIDTH - margin - module * len(matrix)
    squares = (
        f"{left + column * module:.2f} {_HEIGHT - margin - (row + 1) * module:.2f}"
        f" {module:.2f} {module:.2f} re f"
        for row, modules in enumerate(matrix)
        for column, dark in enumerate(modules)
        if dark
    )
    return "\n".join(("", "0 g", *squares)).encode("ascii")
