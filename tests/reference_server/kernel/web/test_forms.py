"""Forms are read as browsers send them, and never more than the limits allow."""

import httpx
import pytest

from reference_server.kernel.web import (
    Form,
    FormForged,
    FormLimits,
    FormTooLarge,
    FormUnreadable,
    Session,
    check_forgery,
    read_form,
)
from tests.reference_server.kernel.web.pages import ORIGIN, visit

URL_ENCODED = {"content-type": "application/x-www-form-urlencoded"}
SESSION = Session(id="an-id-that-only-the-browser-knows", begun_at=0, is_kept=True)


def multipart(**fields: tuple[str | None, bytes, str]) -> tuple[bytes, dict[str, str]]:
    """Return body and headers as an HTTP client makes them."""
    sent = httpx.Request("POST", ORIGIN, files=list(fields.items()))
    return sent.read(), {"content-type": sent.headers["content-type"]}


def test_a_url_encoded_form_keeps_the_order_of_its_fields_and_empty_ones() -> None:
    form = read_form(visit(body=b"a=1&b=&a=%C3%A9+x", headers=URL_ENCODED))
    assert form.pairs == (("a", "1"), ("b", ""), ("a", "é x"))
    assert form.values("a") == ("1", "é x")
    assert form.value("none", "default") == "default"


def test_a_multipart_form_brings_fields_and_files() -> None:
    body, headers = multipart(
        name=(None, "Zoé".encode(), "text/plain"),
        proof=("C:\\scans\\../plan é.pdf", b"%PDF-1.7", "application/pdf"),
    )
    form = read_form(visit(body=body, headers=headers))
    assert form.value("name") == "Zoé"
    upload = form.upload("proof")
    assert upload is not None
    assert (upload.name, upload.media_type) == ("plan é.pdf", "application/pdf")
    assert upload.content == b"%PDF-1.7"


def test_a_file_that_nobody_chose_is_none() -> None:
    body, headers = multipart(proof=("", b"", "application/octet-stream"))
    assert read_form(visit(body=body, headers=headers)).upload("proof") is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"a=1", ""),
        (b"a=%ff", "application/x-www-form-urlencoded"),
        (b"a=\xff", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data"),
        (b"--y\r\nnothing", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(FormUnreadable):
        read_form(visit(body=body, headers={"content-type": content_type}))


def test_each_limit_holds_in_both_kinds_of_form() -> None:
    few = FormLimits(fields=2, field_bytes=4, files=1, file_bytes=4)
    for body in (b"a=1&b=2&c=3", b"a=12345"):
        with pytest.raises(FormTooLarge):
            read_form(visit(body=body, headers=URL_ENCODED), limits=few)
    plain, pdf = "text/plain", "application/pdf"
    for parts in (
        dict.fromkeys("abc", (None, b"1", plain)),
        {"a": (None, b"12345", plain)},
        {"a": ("a", b"12345", pdf)},
        {"a": ("a", b"1", pdf), "b": ("b", b"1", pdf)},
    ):
        body, headers = multipart(**parts)
        with pytest.raises(FormTooLarge):
            read_form(visit(body=body, headers=headers), limits=few)


def test_a_form_of_ours_with_the_sessions_guard_is_taken() -> None:
    form = Form(pairs=(("guard", SESSION.guard),))
    for headers in (
        {},
        {"origin": ORIGIN, "sec-fetch-site": "same-origin"},
        {"referer": f"{ORIGIN}/w/page?x=1"},
    ):
        check_forgery(visit(headers=headers), form, SESSION)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "https://lab.test:8444"},
        {"referer": "https://evil.test/w/page"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_the_guard(headers: dict[str, str]) -> None:
    with pytest.raises(FormForged):
        check_forgery(visit(headers=headers), Form(pairs=(("guard", SESSION.guard),)), SESSION)


def test_a_guard_that_is_missing_or_of_another_session_is_refused() -> None:
    other = Session(id="another", begun_at=0, is_kept=True)
    for pairs in ((), (("guard", ""),), (("guard", "é"),), (("guard", other.guard),)):
        with pytest.raises(FormForged):
            check_forgery(visit(), Form(pairs=pairs), SESSION)


def test_a_session_that_nobody_keeps_guards_nothing() -> None:
    made_up = Session(id="chosen by an attacker", begun_at=0)
    with pytest.raises(FormForged):
        check_forgery(visit(), Form(pairs=(("guard", made_up.guard),)), made_up)
