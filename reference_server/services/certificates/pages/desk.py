"""What the office's pages have in common: who is signed in, and words for what they show."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.x509.oid import NameOID
from starlette.responses import Response

from reference_server.kernel.access import Role
from reference_server.kernel.web import Entry, Site
from reference_server.ports.sign_in import VISITORS
from reference_server.services.certificates.rules.access import SCOPE
from reference_server.world import Call
from reference_server.world.visiting import Desk, Visitor

HOME: Final = "/registration"
_ZONE: Final = ZoneInfo("Europe/Luxembourg")
SITE: Final = Site(
    home="reference_server.services.certificates",
    title="certificates.office",
    entries=(
        Entry(path=HOME, text="certificates.office.home"),
        Entry(path=f"{HOME}/new", text="certificates.office.new"),
        Entry(path=f"{HOME}/letters", text="certificates.office.letters"),
    ),
)
DESK: Final = Desk(
    site=SITE,
    home=HOME,
    client_id="registration-pages",
    title="certificates.office",
    scopes=frozenset({SCOPE}),
)
# Names that RFC 4514 has none for, as X.520 writes them.
_PARTS: Final = {
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.GIVEN_NAME: "GN",
    NameOID.SURNAME: "SN",
    NameOID.TITLE: "title",
}
Signed = Callable[[Visitor], Awaitable[Response]]


def signed_in(page: Signed) -> Callable[[Call], Awaitable[Response]]:
    """Return a page's handler: everybody else is asked to sign in first."""

    @wraps(page)
    async def handler(call: Call) -> Response:
        visitor = DESK.visitor(call)
        return DESK.ask(call) if visitor is None else await page(visitor)

    return handler


def shown(
    visitor: Visitor,
    template: str,
    *,
    title: str,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - whatever a template shows
) -> Response:
    """Return a page of the office."""
    return visitor.shown(
        SITE,
        template,
        title=title,
        status=status,
        desk=DESK,
        moment=moment,
        readable=readable,
        common_name=common_name,
        **values,
    )


def standing(visitor: Visitor) -> tuple[str, bool]:
    """Return a visitor's eHealthID, and whether that is an officer."""
    call = visitor.call
    caller = call.world.port(VISITORS).caller(
        call.visitor or "", audience=call.world.fhir_base, correlation=call.request_id
    )
    return caller.ehealth_id or "", caller.role == Role.REGISTRAR


def readable(subject: str) -> str:
    """Return a subject with names in place of numbers, the person first."""
    name = x509.Name.from_rfc4514_string(subject)
    return ", ".join(
        f"{_PARTS.get(each.oid, each.rfc4514_attribute_name)}={each.value!s}" for each in name
    )


def common_name(subject: str) -> str:
    """Return whom or what a subject names."""
    named = x509.Name.from_rfc4514_string(subject).get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named[0].value) if named else subject


def moment(at: datetime) -> str:
    """Return a time as people in Luxembourg read it, `2026-11-29 12:21`."""
    return f"{at.astimezone(_ZONE):%Y-%m-%d %H:%M}"
