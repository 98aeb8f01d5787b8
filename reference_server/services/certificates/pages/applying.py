"""The form of an application; what is wrong is shown at its field."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from reference_server.kernel.errors import Refusal
from reference_server.kernel.web import Form, check_forgery, read_form
from reference_server.services.certificates.errors import ApplicationFaulty, HostNotDeclared
from reference_server.services.certificates.model.families import Family, KeyKind
from reference_server.services.certificates.operations.office import applications
from reference_server.services.certificates.operations.office.applications import Wish
from reference_server.services.certificates.pages.desk import HOME, shown, signed_in
from reference_server.world.visiting import Visitor

_FIELDS: Final = ("family", "key", "csr", "email", "names", "renews")


@signed_in
async def show_form(visitor: Visitor) -> Response:
    """Show an empty form; `renews` is the certificate that a new one is to stand in for."""
    asked = {name: visitor.visit.asked(name) for name in ("family", "renews")}
    return _form(visitor, {"family": Family.PERSONAL, "key": KeyKind.P_256} | _told(asked))


@signed_in
async def apply(visitor: Visitor) -> Response:
    """Put an application in, or show the form again with what is wrong."""
    form = read_form(visitor.visit)
    check_forgery(visitor.visit, form, visitor.session)
    values = {name: form.value(name) for name in _FIELDS}
    try:
        wish = _wish(form, values)
        made = visitor.perform("apply-certificate", lambda call: applications.apply(call, wish))
    except Refusal as refusal:
        sentence = visitor.visit.voice.refusal(refusal)
        return _form(visitor, values, status=422, faults={_field(refusal): sentence})
    return visitor.next(f"{HOME}/applications/{made.id}", "certificates.office.done.apply")


def _wish(form: Form, values: Mapping[str, str]) -> Wish:
    sent = form.upload("file")
    csr = values["csr"] if sent is None else _pem(sent.content)
    return Wish(
        family=values["family"],
        key=values["key"] or KeyKind.P_256,
        csr=csr or None,
        email=values["email"] or None,
        names=tuple(values["names"].split()),
        renews=values["renews"] or None,
    )


def _pem(content: bytes) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise ApplicationFaulty(field="csr") from None


def _field(refusal: Refusal) -> str:
    """Return the field that a refusal is about."""
    if isinstance(refusal, ApplicationFaulty):
        return str(refusal.params["field"])
    if isinstance(refusal, HostNotDeclared):
        return "names"
    return "csr" if refusal.code.startswith("csr-") else "family"


def _told(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if value}


def _form(
    visitor: Visitor,
    values: Mapping[str, str],
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
) -> Response:
    return shown(
        visitor,
        "apply.html",
        title=visitor.visit.text("certificates.office.new"),
        status=status,
        values=dict.fromkeys(_FIELDS, "") | dict(values),
        faults=faults or {},
        families=tuple(Family),
        keys=(KeyKind.P_256, KeyKind.RSA_4096),
    )
