"""Coming in: by the identity provider or with an organisation file; the dossiers; going out."""

import hmac
from typing import Any, Final, get_args

from starlette.responses import Response

from reference_server.kernel.base64url import base64url
from reference_server.kernel.web import Form, FormLimits, read_form, see_other
from reference_server.kernel.web.once import STATE_BYTES, challenge, made, opened
from reports.cesar.banks import load_instrument
from reports.cesar.dossier.model import Dossier, Person
from reports.cesar.path import Profile, path
from reports.cesar.questions import Tag
from reports.portal.errors import PageUnknown
from reports.portal.office.admissions import LARGEST
from reports.portal.office.dossiers import FullError
from reports.portal.office.members import HINT, SID, STATE, Member, mark
from reports.portal.office.provider import Identity, Provider, ProviderError, Sought
from reports.portal.turn import Turn
from reports.portal.vendor.matter import HOME

TAGS: Final[tuple[Tag, ...]] = tuple(one for one in get_args(Tag) if one not in {"dev", "cloud"})
LONGEST: Final = 120
_STATE: Final = f"vendor-{STATE}"
_FILE_LIMITS: Final = FormLimits(fields=10, files=1, file_bytes=LARGEST)
_FILE: Final = "file:"


def home(turn: Turn) -> Response:
    """Show the dossiers to whoever is signed in, the door to everybody else."""
    member = Member.of(turn.session)
    if member is None:
        return _door(turn)
    return turn.go(f"{HOME}/dossiers" if member.function else f"{HOME}/who")


def sign_in(turn: Turn) -> Response:
    """Send the browser to the identity provider."""
    provider = turn.desk.office.provider
    if provider is None:
        return turn.go(HOME)
    state = base64url(turn.desk.randomness(STATE_BYTES))
    begun = turn.desk.sessions.end(turn.session).with_value(_STATE, state)
    session = turn.desk.sessions.put(begun)
    try:
        address = provider.address(
            redirect_uri=_back(turn),
            state=state,
            nonce=made("nonce", session, state),
            challenge=challenge(made("verifier", session, state)),
            language=turn.visit.language,
        )
    except ProviderError as wrong:
        return _door(turn, wrong.reason, status=502)
    return turn.desk.sessions.carried(see_other(address), session, turn.visit)


def back(turn: Turn) -> Response:
    """Take the provider's answer; whatever is wrong with it, nobody is signed in."""
    provider = turn.desk.office.provider
    if provider is None:
        return turn.go(HOME)
    asked, state = turn.session.value(_STATE), turn.visit.asked("state")
    code = turn.visit.asked("code")
    if not asked or not code or not hmac.compare_digest(asked.encode(), state.encode()):
        return _door(turn, "portal.vendor.refused.state", status=403)
    sought = Sought(
        redirect_uri=_back(turn),
        verifier=made("verifier", turn.session, state),
        nonce=made("nonce", turn.session, state),
    )
    try:
        if not provider.is_issuer(turn.visit.asked("iss")):
            return _door(turn, "portal.vendor.refused.state", status=403)
        found = provider.redeem(code, sought)
    except ProviderError as wrong:
        return _door(turn, wrong.reason, status=403)
    joined = turn.joining(_member(provider, found))
    sid = mark(provider.settings.issuer, found.sid) if found.sid else ""
    return joined.vouched(sid=sid, hint=found.token).go(f"{HOME}/who")


def with_file(turn: Turn) -> Response:
    """Let in whoever has an organisation's file, where no provider is set."""
    form = turn.form(_FILE_LIMITS)
    office, upload = turn.desk.office, form.upload("file")
    member = None
    if office.provider is None and upload is not None:
        member = office.admissions.member(upload.content)
    if member is None:
        return _door(turn, fault=turn.visit.text("portal.vendor.file.fault"), status=422)
    return turn.joining(member).go(f"{HOME}/who")


def who(turn: Turn) -> Response:
    """Ask for the function: it says who answered, and no name does."""
    if Member.of(turn.session) is None:
        return turn.go(HOME)
    return _who(turn)


def who_said(turn: Turn) -> Response:
    """Take the function."""
    member, function = Member.of(turn.session), turn.form().value("function")
    if member is None:
        return turn.go(HOME)
    if not function or len(function) > LONGEST or not function.isprintable():
        return _who(turn, turn.visit.text("portal.vendor.who.fault", most=LONGEST), status=422)
    person = member.person
    if member.organisation.startswith(_FILE) and not member.function:
        person = mark(member.person, function.casefold())
    known = Member(
        person=person,
        function=function,
        organisation=member.organisation,
        called=member.called,
        is_reviewer=member.is_reviewer,
    )
    return turn.joining(known).go(f"{HOME}/dossiers")


def sign_out(turn: Turn) -> Response:
    """End the session here, and at the provider (OpenID Connect RP-Initiated Logout 1.0)."""
    turn.form()
    provider, held = turn.desk.office.provider, turn.session.value(f"vendor-{HINT}")
    hint = opened(held, turn.session) if held else ""
    there = None
    if provider is not None and hint:
        back = f"{turn.visit.origin}{turn.visit.root}{HOME}"
        there = provider.farewell(hint, back=back, language=turn.visit.language)
    said = "portal.vendor.out" if there or not hint else "portal.vendor.out-here"
    gone = turn.leaving().saying(said, kind="note")
    if there is None:
        return gone.go(HOME)
    return turn.desk.sessions.carried(see_other(there), gone.session, turn.visit)


def signed_out(turn: Turn) -> Response:
    """Hear from the provider that somebody signed out there (Back-Channel Logout 1.0 §2.5)."""
    provider = turn.desk.office.provider
    if provider is None:
        raise PageUnknown
    try:
        ended = provider.ended(read_form(turn.visit).value("logout_token"))
    except ProviderError:
        return turn.json(400, error="invalid_request")
    issuer, sessions = provider.settings.issuer, turn.desk.sessions
    if ended.sid:
        sessions.end_all(f"vendor-{SID}", mark(issuer, ended.sid))
    else:
        sessions.end_all("vendor-person", mark(issuer, ended.subject))
    return turn.json()


def dossiers(turn: Turn, member: Member) -> Response:
    """Show the dossiers of the organisation, and a form to begin one."""
    return _dossiers(turn, member, {}, {})


def begin(turn: Turn, member: Member) -> Response:
    """Begin a dossier for a product."""
    form = turn.form()
    given = {name: form.value(name) for name in ("organisation", "product", "product_version")}
    if member.called and not member.is_reviewer:
        given["organisation"] = member.called
    faults = {
        name: turn.visit.text("portal.vendor.new.fault", most=LONGEST)
        for name, value in given.items()
        if not value or len(value) > LONGEST or not value.isprintable()
    }
    if faults or member.is_reviewer:
        return _dossiers(turn, member, {**given, "tags": form.values("tag")}, faults, status=422)
    dossier = Dossier(
        organisation=given["organisation"],
        product=given["product"],
        product_version=given["product_version"],
        version=load_instrument("vendor").version,
        tags=tags_of(form),
        people=(Person(id=member.person, function=member.function),),
    )
    try:
        kept = turn.desk.office.dossiers.begin(dossier, by=member)
    except FullError:
        return turn.saying("portal.vendor.full", kind="wrong").go(f"{HOME}/dossiers")
    return turn.go(f"{HOME}/dossier/{kept.id}")


def tags_of(form: Form) -> tuple[Tag, ...]:
    """Return what a form says of a product."""
    said = set(form.values("tag"))
    return tuple(one for one in TAGS if one in said)


def _member(provider: Provider, found: Identity) -> Member:
    issuer = provider.settings.issuer
    return Member(
        person=mark(issuer, found.subject),
        function="",
        organisation=f"oidc:{found.organisation}@{issuer}",
        called="",
        is_reviewer=found.organisation in provider.settings.reviewers,
    )


def _back(turn: Turn) -> str:
    return f"{turn.visit.origin}{turn.visit.root}{HOME}/back"


def _door(turn: Turn, refused: str = "", *, fault: str = "", status: int = 200) -> Response:
    """Show how to come in; nobody is signed in afterwards, whatever was tried."""
    return turn.page(
        "vendor/door.html",
        title=turn.visit.text("portal.vendor.title"),
        status=status,
        member=None,
        by_provider=turn.desk.office.provider is not None,
        refused=turn.visit.text(refused) if refused else "",
        fault=fault,
    )


def _who(turn: Turn, fault: str = "", *, status: int = 200) -> Response:
    return turn.page(
        "vendor/who.html",
        title=turn.visit.text("portal.vendor.who.title"),
        status=status,
        member=Member.of(turn.session),
        fault=fault,
    )


def _dossiers(
    turn: Turn,
    member: Member,
    given: dict[str, Any],
    faults: dict[str, str],
    *,
    status: int = 200,
) -> Response:
    rows = [(one, *_answered(one.dossier)) for one in turn.desk.office.dossiers.of(member)]
    return turn.page(
        "vendor/dossiers.html",
        title=turn.visit.text("portal.vendor.dossiers.title"),
        status=status,
        member=member,
        rows=rows,
        given=given,
        faults=faults,
        tags=[(tag, turn.visit.text(f"cesar.tag.{tag}")) for tag in TAGS],
    )


def _answered(dossier: Dossier) -> tuple[int, int]:
    asked = path(load_instrument("vendor"), Profile(tags=frozenset(dossier.tags)))
    return sum(one.id in dossier.answers for one in asked), len(asked)
