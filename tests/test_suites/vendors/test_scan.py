"""The laboratory's scanner reads what the paper shows, and nothing else."""

from test_suites.vendors.laboratory.scan import Scanner
from tests.test_suites.vendors.sheet import stamped_sheet

CODE = "ERX1:B123456789XY:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def test_the_code_of_the_drawn_page_is_read_exactly() -> None:
    assert Scanner().read(stamped_sheet(CODE, "B-12345-6789X-Y")) == CODE


def test_a_sheet_without_a_code_gives_nothing() -> None:
    assert Scanner().read(stamped_sheet(None, "B-12345-6789X-Y")) is None


def test_the_code_of_another_scheme_is_not_taken_for_a_prescription() -> None:
    assert Scanner().read(stamped_sheet("https://shop.example/ERX1:", "x")) is None


def test_what_is_no_pdf_gives_nothing() -> None:
    assert Scanner().read(b"not a PDF") is None
