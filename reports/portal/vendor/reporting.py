"""The report of a dossier: as a page, as PDF from the worker, as data; decides nothing."""

from starlette.responses import Response

from reports.portal.errors import DossierUnknown
from reports.portal.office.sheets import sheet_of
from reports.portal.papers import Wanted
from reports.portal.practice.outcome import delivered, download, language
from reports.portal.vendor.matter import Matter
from reports.render.dossier.sheet import DOSSIER_JSON, Sheet, values


def report(matter: Matter) -> Response:
    """Show the whole report."""
    return matter.page(
        "report.html",
        title=matter.text("cesar.dossier.title", product=matter.dossier.product),
        **values(_sheet(matter), matter.visit.language),
    )


def paper(matter: Matter) -> Response:
    """Give the report as PDF; while it is being made, a page that waits politely."""
    wanted = Wanted(
        paper="dossier",
        language=language(matter.turn),
        day=matter.turn.desk.now().date(),
        dossier=matter.kept.id,
        revision=matter.kept.revision,
        instrument="vendor",
    )
    return delivered(matter.turn, wanted, f"cesar-{matter.dossier.product}-{wanted.day}.pdf")


def content(matter: Matter) -> Response:
    """Give everything as data, whatever the version of the questions."""
    if matter.dossier.version == matter.instrument.version:
        return download(_sheet(matter).content, DOSSIER_JSON, "application/json")
    bare = matter.dossier.model_dump_json(indent=1).encode()
    return download(bare, DOSSIER_JSON, "application/json")


def _sheet(matter: Matter) -> Sheet:
    made = sheet_of(matter.turn.desk.office, matter.kept.id, day=matter.turn.desk.now().date())
    if made is None:
        raise DossierUnknown
    return made
