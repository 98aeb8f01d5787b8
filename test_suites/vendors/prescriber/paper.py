"""Draws the paper form with reportlab, its top right corner left free; knows no FHIR."""

from datetime import datetime
from io import BytesIO

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from test_suites.vendors.kit.settings import Person
from test_suites.vendors.prescriber.wishes import LineWish, Prescribe

FREE_CORNER = 45 * mm
"""Width and height, top right of page 1, kept white for the service's stamp."""
LEFT = 20 * mm
FIRST_LINE = 205 * mm
LAST_LINE = 45 * mm
LINE_STEP = 9 * mm


def draw_form(
    wish: Prescribe, *, person: Person, written: datetime, free_corner: bool = True
) -> bytes:
    """Return the form as a PDF of one page, or more when the lines need them."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle("Ordonnance de biologie médicale")
    canvas.setAuthor("Cabinet+")
    _head(canvas, wish, person=person, written=written)
    if not free_corner:  # defect: fills-stamp-area
        _letterhead(canvas, person)
    height = FIRST_LINE
    for position, line in enumerate(wish.lines, start=1):
        if height < LAST_LINE:
            canvas.showPage()
            height = FIRST_LINE
        canvas.setFont("Helvetica", 11)
        canvas.drawString(LEFT, height, f"{position}. {_described(line)}")
        height -= LINE_STEP
    canvas.setFont("Helvetica", 9)
    canvas.drawString(LEFT, 25 * mm, "Signature et cachet du prescripteur")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _head(canvas: Canvas, wish: Prescribe, *, person: Person, written: datetime) -> None:
    """Write doctor, patient and date below and left of the free corner."""
    patient = wish.patient
    canvas.setFont("Helvetica-Bold", 13)
    canvas.drawString(LEFT, 280 * mm, f"Dr {person.given} {person.family}")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(LEFT, 274 * mm, f"Code prestataire {person.cns_code}")
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawString(LEFT, A4[1] - FREE_CORNER - 8 * mm, "Ordonnance de biologie médicale")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(LEFT, 234 * mm, f"Patient : {patient.given} {patient.family}")
    born = f"{patient.birth_date:%d.%m.%Y}"
    canvas.drawString(LEFT, 227 * mm, f"Né(e) le {born}    Matricule {patient.matricule}")
    canvas.drawString(LEFT, 220 * mm, f"Luxembourg, le {written:%d.%m.%Y}")


def _letterhead(canvas: Canvas, person: Person) -> None:
    """Write name and address in the corner that is the stamp's."""
    canvas.setFont("Helvetica", 9)
    right, top = A4[0] - 8 * mm, A4[1] - 14 * mm
    for place, words in enumerate((f"Cabinet {person.family}", "12, rue du Parc", "Luxembourg")):
        canvas.drawRightString(right, top - place * 5 * mm, words)


def draw_own_code(number: str) -> bytes:
    """Return a sheet with a QR code of our own making; only the defect redraws-qr does so."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    side = 30 * mm
    drawing = Drawing(side, side)
    drawing.add(QrCodeWidget(number, barWidth=side, barHeight=side))
    drawing.drawOn(canvas, A4[0] - side - 7 * mm, A4[1] - side - 7 * mm)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(LEFT, FIRST_LINE, f"Ordonnance {number}")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _described(line: LineWish) -> str:
    words = [line.code, line.display or ""]
    if line.count:
        words.append(f"({line.count} fois)")
    if line.reason:
        words.append(f"- motif : {line.reason}")
    return " ".join(word for word in words if word)
