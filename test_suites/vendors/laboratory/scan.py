"""Reads the code from a sheet of paper: the page is drawn, then looked at; knows no service."""

import threading
from dataclasses import dataclass, field

import pypdfium2
import zxingcpp

MARK = "ERX1:"
"""What the code of a national prescription begins with."""
RESOLUTIONS = (150, 300)
"""Dots per inch, tried one after the other."""
POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class Scanner:
    """Owns the one right to use PDFium, which bears one thread at a time."""

    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def read(self, paper: bytes) -> str | None:
        """Return the prescription code of the first page, exactly as read; None without one."""
        with self.one_at_a_time:
            try:
                document = pypdfium2.PdfDocument(paper)
            except pypdfium2.PdfiumError:
                return None
            try:
                page = document[0]
                found = (_look_at(page, dpi=dpi) for dpi in RESOLUTIONS)
                return next((code for code in found if code), None)
            finally:
                document.close()


def _look_at(page: pypdfium2.PdfPage, *, dpi: int) -> str | None:
    image = page.render(scale=dpi / POINTS_PER_INCH, grayscale=True).to_pil()
    codes = zxingcpp.read_barcodes(
        image,
        formats=zxingcpp.barcode_formats_from_str("QRCode"),
        text_mode=zxingcpp.TextMode.Plain,
    )
    return next((code.text for code in codes if code.text.startswith(MARK)), None)
