"""One certificate: what it is worth, and what this person may do to it now."""

from typing import Final

from starlette.responses import Response

from reference_server.kernel.errors import OperationUnknown, Refusal
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.web import check_forgery, read_form
from reference_server.services.certificates.model.life import CertificateAct, Reason
from reference_server.services.certificates.model.records import Issued
from reference_server.services.certificates.operations.office import delivery
from reference_server.services.certificates.pages.desk import HOME, shown, signed_in, standing
from reference_server.services.certificates.rules import life
from reference_server.world.visiting import Visitor

_CHANGES: Final = {
    act: f"{act}-certificate"
    for act in (CertificateAct.SUSPEND, CertificateAct.LIFT, CertificateAct.REVOKE)
}
_PEM: Final = "application/pem-certificate-chain"


@signed_in
async def show_certificate(visitor: Visitor) -> Response:
    """Show a certificate with the forms of what may be done to it."""
    return _page(visitor)


@signed_in
async def download(visitor: Visitor) -> Response:
    """Hand out the certificate alone, as PEM; a private key is nowhere."""
    found = _read(visitor)
    headers = {"Content-Disposition": f'attachment; filename="{found.serial}.pem"'}
    return Response(found.pem, media_type=_PEM, headers=headers)


@signed_in
async def change_certificate(visitor: Visitor) -> Response:
    """Suspend, lift or revoke."""
    wanted, serial = visitor.call.path_values["act"], visitor.call.path_values["serial"]
    if wanted not in _CHANGES:
        raise OperationUnknown(path=visitor.call.path)
    act = CertificateAct(wanted)
    form = read_form(visitor.visit)
    check_forgery(visitor.visit, form, visitor.session)
    reason = form.value("reason") if act is CertificateAct.REVOKE else None
    try:
        visitor.perform(
            _CHANGES[act],
            lambda call: delivery.change_state(call, serial, act, reason=reason),
        )
    except Refusal as refusal:
        return _page(visitor, refusal=refusal)
    return visitor.next(f"{HOME}/certificates/{serial}", f"certificates.office.done.{act}")


def _read(visitor: Visitor) -> Issued:
    serial = visitor.call.path_values["serial"]
    return visitor.perform(
        "read-certificate",
        lambda call: delivery.certificate(call, serial),
        interaction=Interaction.READ,
    )


def _page(visitor: Visitor, *, refusal: Refusal | None = None) -> Response:
    person, is_officer = standing(visitor)
    found = _read(visitor)
    return shown(
        visitor,
        "certificate.html",
        title=visitor.visit.text("certificates.office.certificate"),
        status=200 if refusal is None else refusal.status,
        issued=found,
        acts=life.certificate_acts(found, person=person, is_officer=is_officer),
        reasons=tuple(each for each in Reason if each is not Reason.CERTIFICATE_HOLD),
        error="" if refusal is None else visitor.visit.voice.refusal(refusal),
    )
