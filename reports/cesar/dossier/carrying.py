"""Takes a dossier's answers to an earlier version over to today's questions; pure."""

from collections.abc import Mapping

from reports.cesar.dossier.model import Dossier, DossierAnswer, EarlierAnswer
from reports.cesar.questions import Instrument
from reports.cesar.replies import Reply
from reports.cesar.versions import carried, load_versions


def replies_of(answers: Mapping[str, DossierAnswer]) -> dict[str, Reply]:
    """Return answers of a dossier as replies, without who gave them and what shows them."""
    return {name: reply_of(one) for name, one in answers.items()}


def reply_of(given: DossierAnswer) -> Reply:
    """Return one answer of a dossier as a reply."""
    return Reply(kind="unknown") if given.level is None else Reply(level=given.level)


def carried_dossier(dossier: Dossier, instrument: Instrument) -> Dossier | None:
    """Return a dossier that answers today's questions; None where its version is unknown.

    An answer that is to be given again waits in `earlier` with its files, and what a reviewer said
    of it goes: it was about a sentence that meant something else.
    """
    if dossier.version == instrument.version:
        return dossier
    versions = load_versions(instrument.name)
    found = carried(dossier.version, replies_of(dossier.answers), instrument, versions)
    if found is None:
        return None
    waiting = {
        name: EarlierAnswer(version=dossier.version, answer=dossier.answers[name])
        for name in found.again
    }
    return dossier.model_copy(
        update={
            "version": instrument.version,
            "answers": {name: dossier.answers[name] for name in found.kept},
            "earlier": {**dossier.earlier, **waiting},
            "reviews": tuple(one for one in dossier.reviews if one.question in found.kept),
        }
    )
