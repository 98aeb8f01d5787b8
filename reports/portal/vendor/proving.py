"""Evidence of an answer: attached, downloaded, taken away; and what a reviewer says of it."""

from collections.abc import Callable
from typing import Final, get_args

from starlette.responses import Response

from reference_server.kernel.web import FormLimits
from reports.cesar.dossier.evidence import LARGEST, examined
from reports.cesar.dossier.model import MOST_FILES, Dossier, Review, ReviewWord
from reports.portal.errors import PageUnknown
from reports.portal.office.dossiers import FullError
from reports.portal.office.files import EVIDENCE
from reports.portal.practice.outcome import download
from reports.portal.vendor.answering import here, shown
from reports.portal.vendor.matter import Matter, full, with_person

LIMITS: Final = FormLimits(fields=10, files=1, file_bytes=LARGEST)
UPLOAD_LIMIT: Final = LARGEST + 64 * 1024
LONGEST_NOTE: Final = 4000
_WORDS: Final[tuple[ReviewWord, ...]] = get_args(ReviewWord)


def attach(matter: Matter) -> Response:
    """Attach a file to an answer, whatever its name says: its bytes tell what it is."""
    place = here(matter)
    own, upload = place.question.id, matter.turn.form(LIMITS).upload("file")
    given = matter.dossier.answers.get(own)
    if given is None:
        fault = "portal.vendor.evidence.first"
    elif upload is None:
        fault = "portal.vendor.evidence.none"
    elif len(given.files) >= MOST_FILES:
        fault = "portal.vendor.evidence.many"
    else:
        seen = examined(upload.name, upload.content)
        if seen.fault is None:
            return _attached(matter, own, upload.name, upload.content)
        fault = seen.fault
    return shown(matter, place, faults={"file": matter.text(fault)}, status=422)


def fetch(matter: Matter) -> Response:
    """Give a file to be saved: never under a type that a browser would open."""
    found = matter.turn.desk.office.files.content(matter.kept.id, matter.turn.named["file"])
    if found is None:
        raise PageUnknown
    attached, content = found
    return download(content, attached.seen.name, "application/octet-stream")


def detach(matter: Matter) -> Response:
    """Take a file away from an answer, and delete it."""
    matter.turn.form()
    own = here(matter).question.id
    office, file = matter.turn.desk.office, matter.turn.named["file"]
    found = next((one for one in office.files.of(matter.kept.id) if one.id == file), None)
    if found is None or found.kind != EVIDENCE:
        raise PageUnknown
    named = _naming(own, lambda files: tuple(one for one in files if one != found.seen.name))
    matter.change(named, deed="detached", about=f"{own} {found.seen.name}")
    office.files.drop(matter.kept.id, file)
    return matter.said("portal.vendor.evidence.gone", f"/question/{own}")


def review(matter: Matter) -> Response:
    """Keep what a reviewer says of an answer and its evidence."""
    place, form = here(matter), matter.turn.form()
    own, note = place.question.id, form.value("note")
    word = next((one for one in _WORDS if one == form.value("word")), None)
    given = matter.dossier.answers.get(own)
    if word is None or given is None or len(note) > LONGEST_NOTE:
        name = "note" if len(note) > LONGEST_NOTE else "word"
        said = matter.text(f"portal.vendor.review.no-{name}", most=LONGEST_NOTE)
        return shown(matter, place, faults={name: said}, status=422)
    if word == "accepted" and not given.files:
        said = matter.text("portal.vendor.review.no-file")
        return shown(matter, place, faults={"word": said}, status=422)
    made = Review(
        question=own,
        by=matter.member.person,
        on=matter.turn.desk.now().date(),
        evidence=word,
        note=note or None,
        level=given.level,
        files=given.files,
    )
    try:
        matter.change(_reviewing(made), deed=f"reviewed-{word}", about=own)
    except FullError:
        return full(matter)
    return matter.said("portal.vendor.review.done", f"/question/{own}")


def _attached(matter: Matter, own: str, called: str, content: bytes) -> Response:
    seen = examined(called, content)
    office = matter.turn.desk.office
    try:
        with_person(matter.dossier, matter.member)
        name = office.files.put(matter.kept.id, seen, content, kind=EVIDENCE, by=matter.member)
        named = _naming(own, lambda files: (*files, name))
        matter.change(named, deed="attached", about=f"{own} {name} sha256:{seen.sha256}")
    except FullError:
        return full(matter)
    return matter.said("portal.vendor.evidence.done", f"/question/{own}")


def _naming(
    own: str, named: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> Callable[[Dossier], Dossier]:
    """Return what changes the files that an answer names."""

    def changed(dossier: Dossier) -> Dossier:
        given = dossier.answers.get(own)
        if given is None:
            return dossier
        new = given.model_copy(update={"files": named(given.files)})
        return dossier.model_copy(update={"answers": {**dossier.answers, own: new}})

    return changed


def _reviewing(made: Review) -> Callable[[Dossier], Dossier]:
    return lambda dossier: dossier.model_copy(update={"reviews": (*dossier.reviews, made)})
