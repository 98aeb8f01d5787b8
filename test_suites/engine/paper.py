"""Paper with a tampered code, for a product that reads the page itself; knows no service."""

import base64
from collections.abc import Iterator, Sequence
from typing import Final

import segno

from reference_server.national.qr import QrPayloadError, format_qr, parse_qr

WIDTH, HEIGHT = 595.28, 841.89
MILLIMETRE: Final = 72 / 25.4
CODE_SIDE: Final = 30 * MILLIMETRE
MARGIN: Final = 5 * MILLIMETRE
_PAGE: Final = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> >>"
)
_ESCAPES: Final = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def page(lines: Sequence[str], *, code: str) -> bytes:
    """Return a one-page PDF with lines of text from the left and a QR code top right."""
    drawing = b"\n".join([*_text(lines), *_code(code)])
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    return _document(objects)


def _text(lines: Sequence[str]) -> Iterator[bytes]:
    for index, line in enumerate(lines):
        shown = line.translate(_ESCAPES).encode("cp1252", "replace")
        yield b"BT /F1 11 Tf 57 %d Td (%s) Tj ET" % (700 - 18 * index, shown)


def _code(text: str) -> Iterator[bytes]:
    matrix = segno.make(text, error="m", boost_error=False).matrix
    side = CODE_SIDE / len(matrix)
    left, top = WIDTH - MARGIN - CODE_SIDE, HEIGHT - MARGIN
    yield b"0 g"
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                x, y = left + column * side, top - (row + 1) * side
                yield f"{x:.2f} {y:.2f} {side:.2f} {side:.2f} re f".encode("ascii")


def _document(objects: Sequence[bytes]) -> bytes:
    content, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(content)


def tampered(code: str) -> str:
    """Return a code of the same form and number whose secret is another one."""
    try:
        payload = parse_qr(code)
    except QrPayloadError:
        return code[:-1] + ("A" if code[-1:] != "A" else "B")
    turned = "".join(_BASE32[(_BASE32.index(char) + 7) % 32] for char in payload.token)
    return format_qr(type(payload)(number=payload.number, token=turned))


def base64_of(pdf: bytes) -> str:
    """Return a PDF as text for JSON."""
    return base64.b64encode(pdf).decode("ascii")
