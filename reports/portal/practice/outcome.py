"""The result: first after the essential questions, then whole; compared, on paper, as files."""

import json
import re
from collections.abc import Mapping
from typing import Final, get_args
from urllib.parse import quote

from pydantic import ValidationError
from starlette.responses import Response

from reference_server.kernel.web import FormLimits
from reports.cesar.analysis.contribution import Contribution, contribution
from reports.cesar.analysis.suppression import LEAST
from reports.cesar.analysis.tables import Peers, peers
from reports.cesar.result import Result, assessed
from reports.cesar.versions import carried_replies
from reports.portal.papers import Language, Wanted
from reports.portal.practice.asking import first_open
from reports.portal.turn import Turn, Work
from reports.render.result.comparison import compared
from reports.render.result.papers import PAPERS, RESULT_JSON, Issue, PaperName, as_html, as_json
from reports.render.result.view import shown
from scenarios.errors import DeclarationError

PEER_YEARS: Final = 2
RESULT_LIMITS: Final = FormLimits(fields=10, files=1, file_bytes=256 * 1024)
_LANGUAGES: Final[Mapping[str, Language]] = {one: one for one in get_args(Language)}
_NAMES: Final[Mapping[str, PaperName]] = {f"{one}.pdf": one for one in PAPERS}


def first(work: Work) -> Response:
    """Show the ceiling and what to do first, when the essential questions are answered."""
    found = _result(work)
    view = shown(work.instrument, found, work.visit.language)
    return work.turn.page(
        "first.html",
        title=work.text("portal.first.title"),
        shown=view,
        ceiling=found.ceiling,
        next=first_open(work),
    )


def result(work: Work) -> Response:
    """Show the whole result."""
    return _shown(work)


def compare(work: Work) -> Response:
    """Compare with an earlier result: by its code, or by its file."""
    form = work.turn.form(RESULT_LIMITS)
    desk = work.turn.desk
    if form.value("go") == "forget":
        desk.assessments.remember(work.kept.id, None)
        return work.turn.go("/cesar/result")
    upload = form.upload("file")
    earlier = (
        read_result(upload.content) if upload is not None else _by_code(work, form.value("code"))
    )
    if earlier is None:
        name = "file" if upload is not None else "code"
        return _shown(work, faults={name: work.text(f"portal.compare.no-{name}")}, status=422)
    desk.assessments.remember(work.kept.id, earlier)
    return work.turn.go("/cesar/result", at="compare")


def count(work: Work) -> Response:
    """Give an anonymous copy of the result to the analysis: asked for, once, and never undone."""
    work.turn.form()
    desk = work.turn.desk
    given = _contribution(work, _result(work))
    if given is not None and desk.contributions.give(given, assessment=work.kept.id):
        return work.turn.saying("portal.count.done").go("/cesar/result", at="peers")
    return work.turn.go("/cesar/result")


def paper(work: Work) -> Response:
    """Give a paper as PDF; while it is being made, a page that waits politely."""
    name = _NAMES.get(work.turn.named["paper"])
    if name is None:
        return work.turn.go("/cesar/result")
    wanted = Wanted(
        paper=name,
        language=language(work.turn),
        day=work.turn.desk.now().date(),
        assessment=work.kept.id,
        revision=work.kept.revision,
    )
    return delivered(work.turn, wanted, f"cesar-{name}-{wanted.day}.pdf")


def as_file(work: Work) -> Response:
    """Give the result as one HTML file, or as JSON."""
    found = _result(work)
    today = work.turn.desk.now().date()
    issue = Issue(result=found, language=work.visit.language, day=today, earlier=work.kept.earlier)
    if work.visit.path.endswith(".json"):
        return download(as_json(found), RESULT_JSON, "application/json")
    content = as_html(issue).encode()
    return download(content, f"cesar-{today}.html", "text/html; charset=utf-8")


def delivered(turn: Turn, wanted: Wanted, name: str) -> Response:
    """Answer with a paper, or with the page that waits for it."""
    made = turn.desk.papers.get(wanted)
    if turn.wants_json:
        return turn.json(ready=made.content is not None, fault=made.fault is not None)
    if made.content is not None:
        return download(made.content, name, "application/pdf", shown=True)
    return turn.page(
        "waiting.html",
        title=turn.visit.text("portal.waiting.title"),
        fault=turn.visit.text("portal.waiting.fault", packages=made.fault) if made.fault else "",
    )


def download(content: bytes, name: str, media_type: str, *, shown: bool = False) -> Response:
    """Answer with a file; `shown` opens it in the browser."""
    headers = {
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; {_named(name)}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }
    if media_type == "application/pdf":
        # A browser's own viewer does not open a sandboxed PDF; nothing in ours runs.
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return Response(content, media_type=media_type, headers=headers)


def _named(name: str) -> str:
    """Return a file's name for a header: plain, and in full beside it (RFC 6266 §4.3)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def language(turn: Turn) -> Language:
    """Return the visitor's language as papers know it."""
    return _LANGUAGES[turn.visit.language]


def read_result(content: bytes) -> Result | None:
    """Return the result of a file, reckoned anew from its answers where they fit the questions.

    One of which answers would have to be given again stays as it was. None where it is no result.
    """
    from reports.cesar.banks import load_instrument  # noqa: PLC0415  read when a file comes

    try:
        read = Result.model_validate_json(content)
        instrument = load_instrument(read.replies.instrument)
    except (ValidationError, DeclarationError, json.JSONDecodeError, RecursionError):
        return None
    replies = carried_replies(read.replies, instrument)
    if replies is None or replies.replies.keys() != read.replies.replies.keys():
        return read
    return assessed(instrument, replies)


def _result(work: Work) -> Result:
    return assessed(work.instrument, work.kept.replies)


def _contribution(work: Work, found: Result) -> Contribution | None:
    return contribution(found, month=f"{work.turn.desk.now():%Y-%m}")


def _peers(work: Work, like: Contribution | None) -> Peers | None:
    """Return where others of this kind stand, for those who gave theirs; from ten on."""
    if like is None or not work.turn.desk.contributions.was_given(work.kept.id):
        return None
    year, month = like.month.split("-")
    given = work.turn.desk.contributions.since(f"{int(year) - PEER_YEARS}-{month}")
    return peers((one for one in given if one.version == like.version), like=like)


def _by_code(work: Work, typed: str) -> Result | None:
    other = work.turn.desk.assessments.by_code(typed)
    if other is None or other.id == work.kept.id:
        return None
    replies = carried_replies(other.replies, work.instrument)
    return None if replies is None else assessed(work.instrument, replies)


def _shown(work: Work, *, faults: Mapping[str, str] | None = None, status: int = 200) -> Response:
    found, speaks = _result(work), work.visit.language
    like = _contribution(work, found)
    before = work.kept.earlier
    is_alike = before is not None and before.replies.version == found.replies.version
    return work.turn.page(
        "result.html",
        title=work.text("portal.result.title"),
        status=status,
        shown=shown(work.instrument, found, speaks),
        earlier=shown(work.instrument, before, speaks) if before and is_alike else None,
        compared=compared(work.instrument, before, found, speaks) if before else None,
        next=first_open(work),
        faults=faults or {},
        papers=PAPERS,
        may_count=like is not None,
        is_counted=work.turn.desk.contributions.was_given(work.kept.id),
        peers=_peers(work, like),
        least=LEAST,
    )
