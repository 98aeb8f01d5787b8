"""What else belongs to a dossier: product, interviews, components, measurements, deeds."""

import datetime as dt
import hashlib
import json
from typing import Final

from pydantic import ValidationError
from starlette.responses import Response

from reference_server.kernel.web import FormLimits
from reports.cesar.dossier.evidence import Evidence
from reports.cesar.dossier.model import Dossier, Interview
from reports.cesar.dossier.sbom import LARGEST as SBOM_LARGEST
from reports.cesar.dossier.sbom import read_bill
from reports.portal.office.dossiers import FullError, Measured
from reports.portal.office.files import SBOM
from reports.portal.office.sheets import bill_of
from reports.portal.vendor.answering import MEGABYTE
from reports.portal.vendor.entering import LONGEST, TAGS, tags_of
from reports.portal.vendor.matter import HOME, Matter, full
from reports.render.canonical import from_json
from reports.render.texts import texts

REPORT_LARGEST: Final = 20 * MEGABYTE
UPLOAD_LIMIT: Final = max(SBOM_LARGEST, REPORT_LARGEST) + 64 * 1024
MOST_PRESENT: Final = 20
LONGEST_SUMMARY: Final = 4000
_SBOM_LIMITS: Final = FormLimits(fields=10, files=1, file_bytes=SBOM_LARGEST)
_REPORT_LIMITS: Final = FormLimits(fields=10, files=1, file_bytes=REPORT_LARGEST)
_UNREADABLE: Final = frozenset({"cesar.sbom.large", "cesar.sbom.unreadable", "cesar.sbom.format"})


def product(matter: Matter) -> Response:
    """Show what is said of the product."""
    return _product(matter, "")


def describe(matter: Matter) -> Response:
    """Change version and traits of the product: they choose the questions."""
    form = matter.turn.form()
    version = form.value("product_version")
    if not version or len(version) > LONGEST or not version.isprintable():
        return _product(matter, matter.text("portal.vendor.new.fault", most=LONGEST), status=422)
    new = {"product_version": version, "tags": tags_of(form)}
    matter.change(lambda dossier: dossier.model_copy(update=new), deed="described", about=version)
    return matter.said("portal.vendor.product.done")


def interviews(matter: Matter) -> Response:
    """Show the records of interviews, and to a reviewer a form for one more."""
    return _interviews(matter, {}, {})


def record(matter: Matter) -> Response:
    """Keep the record of an interview."""
    form = matter.turn.form()
    given = {name: form.value(name) for name in ("on", "present", "questions", "summary")}
    present = tuple(one.strip() for one in given["present"].splitlines() if one.strip())
    ids = tuple(given["questions"].replace(",", " ").upper().split())
    known = {one.id for one in matter.instrument.questions()}
    day = _day(given["on"])
    wrong = {
        "on": day is None or day > matter.turn.desk.now().date(),
        "present": not 0 < len(present) <= MOST_PRESENT or max(map(len, present)) > LONGEST,
        "questions": not set(ids) <= known,
        "summary": not 0 < len(given["summary"]) <= LONGEST_SUMMARY,
    }
    if day is None or any(wrong.values()):
        faults = {
            name: matter.text(f"portal.vendor.interview.no-{name}")
            for name, is_wrong in wrong.items()
            if is_wrong
        }
        return _interviews(matter, given, faults, status=422)
    made = Interview(
        on=day,
        by=matter.member.person,
        present=present,
        questions=ids,
        summary=given["summary"],
    )

    def adding(dossier: Dossier) -> Dossier:
        return dossier.model_copy(update={"interviews": (*dossier.interviews, made)})

    try:
        matter.change(adding, deed="interviewed", about=day.isoformat())
    except FullError:
        return full(matter)
    return matter.said("portal.vendor.interview.done", "/interviews")


def components(matter: Matter) -> Response:
    """Show what the bill of materials holds and lacks, and a form for another."""
    return _components(matter, "")


def add_components(matter: Matter) -> Response:
    """Read a bill of materials; one that is none is not kept."""
    upload = matter.turn.form(_SBOM_LIMITS).upload("file")
    if upload is None:
        return _components(matter, matter.text("portal.vendor.evidence.none"), status=422)
    bill = read_bill(upload.content)
    unreadable = next((one.id for one in bill.lacks if one.id in _UNREADABLE), None)
    if unreadable is not None:
        return _components(matter, matter.text(unreadable), status=422)
    seen = Evidence(
        name=upload.name,
        media_type="application/vnd.cyclonedx+json",
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        fault=None,
    )
    office = matter.turn.desk.office
    try:
        name = office.files.put(matter.kept.id, seen, upload.content, kind=SBOM, by=matter.member)
    except FullError:
        return full(matter)
    about = f"{name} sha256:{seen.sha256}"
    # The report shows it: papers of the revision before are of no use.
    matter.change(
        lambda dossier: dossier.model_copy(update={"sbom": name}), deed="listed", about=about
    )
    return matter.said("portal.vendor.sbom.done", "/components")


def campaign(matter: Matter) -> Response:
    """Show whose measurements stand beside the answers, and a form for others."""
    return _campaign(matter, "")


def add_campaign(matter: Matter) -> Response:
    """Read the report of a campaign; a reviewer's verifies, a vendor's can only contradict."""
    form = matter.turn.form(_REPORT_LIMITS)
    dossiers = matter.turn.desk.office.dossiers
    if form.value("go") == "forget":
        dossiers.measure(matter.kept.id, None, by=matter.member)
        return matter.said("portal.vendor.campaign.gone", "/campaign")
    upload = form.upload("file")
    if upload is None:
        return _campaign(matter, matter.text("portal.vendor.evidence.none"), status=422)
    try:
        report = from_json(upload.content)
    except (ValidationError, json.JSONDecodeError, RecursionError):
        return _campaign(matter, matter.text("portal.vendor.campaign.fault"), status=422)
    found = Measured(
        product=report.subject.product,
        product_version=report.subject.version,
        report_number=report.report_number,
        issued=report.issued,
        sha256=hashlib.sha256(upload.content).hexdigest(),
        is_witnessed=matter.member.is_reviewer,
        verdicts={one.id: one.verdict for one in report.requirements},
    )
    dossiers.measure(matter.kept.id, found, by=matter.member)
    return matter.said("portal.vendor.campaign.done", "/campaign")


def deeds(matter: Matter) -> Response:
    """Show who did what and when."""
    spoken = texts(matter.visit.language)
    rows = []
    for one in matter.turn.desk.office.dossiers.deeds(matter.kept.id):
        person, function, called = json.loads(one.by)
        at = dt.datetime.fromisoformat(one.at)
        rows.append(
            (
                f"{spoken.day(at.date().isoformat())} {at:%H:%M} UTC",
                f"{function}{f', {called}' if called else ''} ({person[-4:]})",
                matter.text(f"portal.vendor.deed.{one.deed}"),
                one.about,
            )
        )
    return matter.page("deeds.html", title=matter.text("portal.vendor.deeds.title"), rows=rows)


def delete(matter: Matter) -> Response:
    """Delete the dossier with everything that belongs to it, when its product is named."""
    if matter.turn.form().value("product") != matter.dossier.product:
        return matter.turn.saying("portal.vendor.delete.fault", kind="wrong").go(
            matter.at("/product")
        )
    matter.turn.desk.office.dossiers.delete(matter.kept.id)
    return matter.turn.saying("portal.vendor.delete.done").go(f"{HOME}/dossiers")


def _product(matter: Matter, fault: str, *, status: int = 200) -> Response:
    return matter.page(
        "product.html",
        title=matter.text("portal.vendor.product.title"),
        status=status,
        tags=[(tag, matter.text(f"cesar.tag.{tag}")) for tag in TAGS],
        fault=fault,
    )


def _interviews(
    matter: Matter, given: dict[str, str], faults: dict[str, str], *, status: int = 200
) -> Response:
    spoken, people = texts(matter.visit.language), matter.dossier.people
    functions = {one.id: one.function for one in people}
    return matter.page(
        "interviews.html",
        title=matter.text("portal.vendor.interview.title"),
        status=status,
        rows=[
            (spoken.day(one.on.isoformat()), functions.get(one.by, one.by), one)
            for one in reversed(matter.dossier.interviews)
        ],
        given=given,
        faults=faults,
    )


def _components(matter: Matter, fault: str, *, status: int = 200) -> Response:
    return matter.page(
        "components.html",
        title=matter.text("cesar.dossier.sbom"),
        status=status,
        bill=bill_of(matter.turn.desk.office, matter.kept),
        fault=fault,
        largest=SBOM_LARGEST // MEGABYTE,
    )


def _campaign(matter: Matter, fault: str, *, status: int = 200) -> Response:
    measured = matter.kept.measured
    own = (matter.dossier.product.casefold(), matter.dossier.product_version.casefold())
    is_other = measured is not None and own != (
        measured.product.casefold(),
        measured.product_version.casefold(),
    )
    return matter.page(
        "campaign.html",
        title=matter.text("portal.vendor.campaign.title"),
        status=status,
        measured=measured,
        is_other=is_other,
        fault=fault,
        largest=REPORT_LARGEST // MEGABYTE,
    )


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
