"""Sheets of paper for the tests: a page with a QR code at its top right, as the service stamps."""

from io import BytesIO

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas


def stamped_sheet(code: str | None, number: str) -> bytes:
    """Return one A4 page with the number, and the code as a 30 mm QR when there is one."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    if code is not None:
        drawing = Drawing(30 * mm, 30 * mm)
        drawing.add(QrCodeWidget(code, barWidth=30 * mm, barHeight=30 * mm))
        drawing.drawOn(canvas, A4[0] - 37 * mm, A4[1] - 37 * mm)
    canvas.drawString(20 * mm, 200 * mm, number)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
