"""The stamp stands at the top right as people see the page, and can be read there."""

import io
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from reference_server.services.prescriptions.page.stamp import FREE_MM, look_and_stamp
from tests.reference_server.prescriptions.town import pdf_of

NUMBER = "B-3G923-0VQVS-2"
PAYLOAD = "ERX1:B3G9230VQVS2:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
A4, A5_LANDSCAPE = (595.0, 842.0), (595.0, 420.0)
PIXELS_PER_MM = 12
Change = Callable[[pikepdf.Pdf], object]


def changed(change: Change, *, size: tuple[float, float] = A4, pages: int = 1) -> bytes:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_of(size=size, pages=pages))) as pdf:
        change(pdf)
        pdf.save(written)
    return written.getvalue()


def first_page(**entries: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        for name, value in entries.items():
            pdf.pages[0].obj[f"/{name}"] = value

    return change


def stamped(pdf: bytes) -> bytes:
    faults, result = look_and_stamp(pdf, number=NUMBER, payload=PAYLOAD)
    assert faults == []
    return result


def seen(pdf: bytes, page: int = 0) -> Image.Image:
    """Render a page as people see it, at 12 pixels a millimetre; PDFium ignores user units."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        unit = float(opened.pages[page].obj.get("/UserUnit", 1))
    found = pypdfium2.PdfDocument(io.BytesIO(pdf))[page]
    image: Image.Image = found.render(scale=unit * PIXELS_PER_MM * 25.4 / 72).to_pil().convert("L")
    return image


def stamp_area(image: Image.Image) -> Image.Image:
    """Cut out the 40 mm square at the top right."""
    side = int(FREE_MM * PIXELS_PER_MM)
    return image.crop((image.width - side, 0, image.width, side))


def user_unit(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].obj
    page["/UserUnit"] = 2
    page["/MediaBox"] = [0, 0, 297.5, 421]


def deeply_nested(pdf: pikepdf.Pdf) -> None:
    nested = pikepdf.Array([])
    for _ in range(100):
        nested = pikepdf.Array([nested])
    pdf.pages[0].obj["/X"] = nested


def leaky_graphics_state(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"0.1 0 0 0.1 300 300 cm 1 0 0 rg 3 Tr", prepend=True)


PAGES = {
    "plain": changed(lambda _: None),
    "landscape": changed(lambda _: None, size=A5_LANDSCAPE),
    "rotated-90": changed(first_page(Rotate=90)),
    "rotated-180": changed(first_page(Rotate=180)),
    "rotated-270": changed(first_page(Rotate=270)),
    "rotated-minus-90": changed(first_page(Rotate=-90)),
    "offset": changed(first_page(MediaBox=[-100, -200, 495, 642])),
    "offset-rotated": changed(first_page(MediaBox=[-100, 50, 495, 892], Rotate=90)),
    "upside-down-box": changed(first_page(MediaBox=[595, 842, 0, 0])),
    "cropped": changed(first_page(CropBox=[50, 60, 500, 700])),
    "cropped-beyond": changed(first_page(CropBox=[-500, -500, 2000, 700])),
    "cropped-rotated": changed(first_page(CropBox=[50, 60, 500, 700], Rotate=270)),
    "user-unit": changed(user_unit),
    "leaky": changed(leaky_graphics_state),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_code_is_read_at_the_top_right_of_any_page(name: str) -> None:
    area = stamp_area(seen(stamped(PAGES[name])))
    [found] = zxingcpp.read_barcodes(area)
    assert found.text == PAYLOAD
    corners = found.position
    side = (corners.top_right.x - corners.top_left.x) / PIXELS_PER_MM
    assert 22 < side < 26, "29 of 37 modules of 30 mm"
    assert abs(corners.top_right.y - corners.top_left.y) < PIXELS_PER_MM, "upright"
    assert 5 + 2 < corners.top_left.y / PIXELS_PER_MM < 5 + 5
    right = FREE_MM - corners.top_right.x / PIXELS_PER_MM
    assert 5 + 2 < right < 5 + 5


@pytest.mark.parametrize("name", PAGES)
def test_the_number_stands_under_the_code_in_plain_text(name: str) -> None:
    page = pypdfium2.PdfDocument(io.BytesIO(stamped(PAGES[name])))[0]
    assert NUMBER in page.get_textpage().get_text_range()
    area = stamp_area(seen(stamped(PAGES[name])))
    side = PIXELS_PER_MM
    band = area.crop((5 * side, int(35.2 * side), 35 * side, 40 * side))
    assert min(band.tobytes()) < 64, "there is ink below the code"


@pytest.mark.parametrize("name", PAGES)
def test_ink_stays_within_the_area_that_is_left_free(name: str) -> None:
    before, after = seen(PAGES[name]), seen(stamped(PAGES[name]))
    side = int(FREE_MM * PIXELS_PER_MM)
    outside = Image.new("L", before.size, 0)
    outside.paste(255, (0, 0, *before.size))
    outside.paste(0, (before.width - side - 2, 0, before.width, side + 2))
    white = Image.new("L", before.size, 255)
    assert Image.composite(before, white, outside).tobytes() == (
        Image.composite(after, white, outside).tobytes()
    )


def test_the_code_has_a_quiet_zone_on_white_even_over_a_dark_page() -> None:
    def darken(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"q 0 g 0 0 600 850 re f Q")

    assert zxingcpp.read_barcodes(seen(stamped(changed(darken))))[0].text == PAYLOAD


def test_only_the_first_page_is_stamped_even_where_pages_share_their_content() -> None:
    def share(pdf: pikepdf.Pdf) -> None:
        contents = pdf.make_indirect(pikepdf.Array([pdf.pages[0].obj["/Contents"]]))
        for page in pdf.pages:
            page.obj["/Contents"] = contents

    pdf = stamped(changed(share, pages=3))
    assert [len(zxingcpp.read_barcodes(seen(pdf, page))) for page in range(3)] == [1, 0, 0]


def test_the_code_is_drawn_as_vectors_and_the_rest_is_left_alone() -> None:
    before, after = PAGES["plain"], stamped(PAGES["plain"])
    with pikepdf.open(io.BytesIO(before)) as old, pikepdf.open(io.BytesIO(after)) as new:
        assert "/XObject" not in new.pages[0].obj["/Resources"]
        assert old.docinfo == new.docinfo
        contents = [part.read_raw_bytes() for part in new.pages[0].obj["/Contents"]]
        assert old.pages[0].obj["/Contents"].read_raw_bytes() in contents


def test_stamping_is_repeatable() -> None:
    assert stamped(PAGES["plain"]) == stamped(PAGES["plain"])


def javascript(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(
            Names=["a", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")]
        )
    )


def open_action(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://x.example")


def page_action(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.Print)
    pdf.pages[0].obj.AA = pikepdf.Dictionary(O=action)


def annotation(**entries: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        found = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 10, 10]
        )
        for name, value in entries.items():
            found[f"/{name}"] = value
        pdf.pages[0].obj.Annots = pikepdf.Array([found])

    return change


def attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.exe"] = b"MZ"


def form(**entries: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[])
        for name, value in entries.items():
            pdf.Root.AcroForm[f"/{name}"] = value

    return change


LAUNCH = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
URI = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://labo.example")
ACTIVE: dict[str, Change] = {
    "javascript": javascript,
    "open-action": open_action,
    "page-action": page_action,
    "launch": annotation(A=LAUNCH),
    "launch-nested": annotation(A=pikepdf.Dictionary(S=pikepdf.Name.URI, Next=[LAUNCH])),
    "file-annotation": annotation(Subtype=pikepdf.Name.FileAttachment),
    "attachment": attachment,
    "xfa": form(XFA="<xdp/>"),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_can_act_is_refused(name: str) -> None:
    faults, result = look_and_stamp(changed(ACTIVE[name]), number=NUMBER, payload=PAYLOAD)
    assert (faults, result) == (["pdf-active-content"], b"")


@pytest.mark.parametrize(
    "change",
    [
        annotation(A=URI),
        form(),
        lambda pdf: pdf.Root.__setattr__(
            "OpenAction", pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])
        ),
    ],
    ids=["link", "plain-form", "opening-view"],
)
def test_what_cannot_harm_is_accepted(change: Change) -> None:
    assert stamped(changed(change))


def test_an_encrypted_page_is_refused_whoever_may_open_it() -> None:
    for user in ("", "secret"):
        written = io.BytesIO()
        with pikepdf.open(io.BytesIO(pdf_of())) as pdf:
            pdf.save(written, encryption=pikepdf.Encryption(owner="o", user=user))
        faults, _ = look_and_stamp(written.getvalue(), number=NUMBER, payload=PAYLOAD)
        assert faults == ["pdf-encrypted"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"%PDF-1.7\ngarbage",
        b"PK\x03\x04",
        pdf_of().replace(b"%PDF-", b"%PDX-"),
        pdf_of()[:-200],
        changed(deeply_nested),
        changed(first_page(Rotate=45)),
        changed(first_page(UserUnit=0)),
        changed(lambda pdf: pdf.pages.__delitem__(0)),
    ],
)
def test_garbage_is_unreadable_and_nothing_worse(garbage: bytes) -> None:
    assert look_and_stamp(garbage, number=NUMBER, payload=PAYLOAD) == (["pdf-unreadable"], b"")


@pytest.mark.parametrize(
    ("change", "size", "fault"),
    [
        (lambda _: None, (110.0, 842.0), "pdf-page-too-small"),
        (first_page(CropBox=[0, 0, 600, 100]), A4, "pdf-page-too-small"),
        (first_page(CropBox=[900, 900, 1000, 1000]), A4, "pdf-page-too-small"),
    ],
)
def test_a_page_without_room_is_refused(
    change: Change, size: tuple[float, float], fault: str
) -> None:
    faults, _ = look_and_stamp(changed(change, size=size), number=NUMBER, payload=PAYLOAD)
    assert faults == [fault]


def test_several_faults_of_a_paper_are_listed_together() -> None:
    faults, _ = look_and_stamp(
        changed(javascript, size=(100, 100), pages=11), number=NUMBER, payload=PAYLOAD
    )
    assert faults == ["pdf-too-many-pages", "pdf-active-content", "pdf-page-too-small"]


def test_without_a_payload_a_page_is_only_looked_at() -> None:
    assert look_and_stamp(pdf_of(), number=None, payload=None) == ([], b"")
