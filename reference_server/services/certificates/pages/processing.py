"""One application: how it stands, and what this person may do to it now."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from reference_server.kernel.errors import OperationUnknown, Refusal
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.web import Form, check_forgery, read_form
from reference_server.services.certificates.model.life import ApplicationAct
from reference_server.services.certificates.model.records import Application
from reference_server.services.certificates.operations.authority import make_key
from reference_server.services.certificates.operations.office import applications, delivery
from reference_server.services.certificates.pages.desk import HOME, shown, signed_in, standing
from reference_server.services.certificates.router.public import ready
from reference_server.services.certificates.rules import life
from reference_server.world import Call
from reference_server.world.visiting import Visitor

_Act = Callable[[Call, str, Form], Application]


@signed_in
async def show_application(visitor: Visitor) -> Response:
    """Show an application with the forms of what may be done to it."""
    return _page(visitor)


@signed_in
async def act_on_application(visitor: Visitor) -> Response:
    """Do one act: identify, approve, reject or withdraw."""
    wanted = visitor.call.path_values["act"]
    act = _ACTS.get(wanted)
    if act is None:
        raise OperationUnknown(path=visitor.call.path)
    form, own_id = read_form(visitor.visit), visitor.call.path_values["id"]
    check_forgery(visitor.visit, form, visitor.session)
    try:
        visitor.perform(_NAMES[wanted], lambda call: act(call, own_id, form))
    except Refusal as refusal:
        return _page(visitor, refusal=refusal, wrong=wanted)
    return visitor.next(f"{HOME}/applications/{own_id}", f"certificates.office.done.{wanted}")


@signed_in
async def deliver(visitor: Visitor) -> Response:
    """Hand the certificate over; a key that was made here is on this page and nowhere else."""
    form, own_id = read_form(visitor.visit), visitor.call.path_values["id"]
    check_forgery(visitor.visit, form, visitor.session)
    action = "deliver-certificate"
    await ready(visitor.call)
    try:
        kind = visitor.perform(action, lambda call: delivery.needs_key(call, own_id))
        key = None if kind is None else await asyncio.to_thread(make_key, kind)
        handed = visitor.perform(action, lambda call: delivery.deliver(call, own_id, key=key))
    except Refusal as refusal:
        return _page(visitor, refusal=refusal, wrong=ApplicationAct.DELIVER)
    return shown(
        visitor,
        "delivered.html",
        title=visitor.visit.text("certificates.office.delivered"),
        issued=handed.issued,
        password=handed.password,
        pkcs12=None if handed.pkcs12 is None else base64.b64encode(handed.pkcs12).decode(),
    )


_ACTS: Final[Mapping[str, _Act]] = {
    ApplicationAct.IDENTIFY: lambda call, own_id, form: applications.identify(
        call, own_id, proof=form.value("proof")
    ),
    ApplicationAct.APPROVE: lambda call, own_id, _form: applications.approve(call, own_id),
    ApplicationAct.REJECT: lambda call, own_id, form: applications.reject(
        call, own_id, reason=form.value("reason")
    ),
    ApplicationAct.WITHDRAW: lambda call, own_id, _form: applications.withdraw(call, own_id),
}
_NAMES: Final[Mapping[str, str]] = {
    ApplicationAct.IDENTIFY: "identify-applicant",
    ApplicationAct.APPROVE: "approve-application",
    ApplicationAct.REJECT: "reject-application",
    ApplicationAct.WITHDRAW: "withdraw-application",
}


def _page(visitor: Visitor, *, refusal: Refusal | None = None, wrong: str = "") -> Response:
    person, is_officer = standing(visitor)
    own_id = visitor.call.path_values["id"]
    found = visitor.perform(
        "read-application",
        lambda call: applications.application(call, own_id),
        interaction=Interaction.READ,
    )
    acts = life.application_acts(found, person=person, is_officer=is_officer)
    is_barred = ApplicationAct.APPROVE not in acts and found.identified_by == person
    return shown(
        visitor,
        "application.html",
        title=visitor.visit.text("certificates.office.application"),
        status=200 if refusal is None else refusal.status,
        application=found,
        acts=acts,
        is_barred=is_barred and found.approved_by is None and bool(acts),
        error="" if refusal is None else visitor.visit.voice.refusal(refusal),
        wrong=wrong,
    )
