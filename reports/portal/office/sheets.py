"""A kept dossier with what it comes to: answers, evidence, measurements, components; no page."""

import datetime as dt

from reports.cesar.banks import load_instrument
from reports.cesar.dossier.assessing import Assessed, assess
from reports.cesar.dossier.evidence import Evidence
from reports.cesar.dossier.sbom import Bill, read_bill
from reports.portal.office.dossiers import Kept
from reports.portal.office.files import EVIDENCE
from reports.portal.office.office import Office
from reports.render.dossier.sheet import Sheet


def assessed_of(office: Office, kept: Kept) -> tuple[Assessed, dict[str, Evidence]]:
    """Return what a dossier comes to, with its evidence files by name."""
    attached = office.files.of(kept.id)
    files = {one.seen.name: one.seen for one in attached if one.kind == EVIDENCE}
    measured = kept.measured
    found = assess(
        kept.dossier,
        load_instrument("vendor"),
        files=files,
        verdicts=measured.verdicts if measured else {},
        is_witnessed=measured is not None and measured.is_witnessed,
    )
    return found, files


def bill_of(office: Office, kept: Kept) -> Bill | None:
    """Return what the bill of materials holds and lacks; None where there is none."""
    content = office.files.bill(kept.id)
    return None if content is None else read_bill(content)


def sheet_of(office: Office, own: str, *, day: dt.date) -> Sheet | None:
    """Return everything that the report shows; None where the dossier is gone."""
    kept = office.dossiers.whole(own)
    if kept is None or kept.dossier.version != load_instrument("vendor").version:
        return None
    found, files = assessed_of(office, kept)
    return Sheet(
        dossier=kept.dossier,
        assessed=found,
        instrument=load_instrument("vendor"),
        files=files,
        bill=bill_of(office, kept),
        day=day,
    )
