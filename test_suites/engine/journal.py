"""A run folder read back: header, transcripts, footer; pure, judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from test_suites.capture.chain import Problem, records, verify
from test_suites.capture.journal import JOURNAL, Kind
from test_suites.core.message import Exchange, JsonValue
from test_suites.core.transcript import Transcript
from test_suites.engine.plan import Plan, plan_from_json
from test_suites.engine.reading import Reader, UnreadableError

__all__ = ["NoResultError", "Problem", "Record", "UnreadableError", "read", "verify"]

PLAN = "plan.json"


class NoResultError(Exception):
    """The journal has no footer: the run failed, was stopped or was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A run as recorded. `unattributed` are exchanges that no case could be named for.

    `footer` is None where the run never came to its end; such a record is no result.
    """

    header: Mapping[str, JsonValue]
    plan: Plan
    transcripts: tuple[Transcript, ...]
    footer: Mapping[str, JsonValue] | None
    unattributed: tuple[Exchange, ...] = ()

    def transcript(self, case: str) -> Transcript:
        """Return a case's transcript; raises KeyError for a case that was never opened."""
        for transcript in self.transcripts:
            if transcript.case == case:
                return transcript
        raise KeyError(case)


def read(folder: Path) -> Record:
    """Return a run as recorded, finished or not; does not check the chain.

    Raises FileNotFoundError where there is no journal, UnreadableError where it begins with
    no header or a record is not what its kind says.
    """
    if not (folder / JOURNAL).is_file():
        raise FileNotFoundError(str(folder / JOURNAL))
    known = tuple(records(folder))
    if not known or known[0].kind is not Kind.HEADER:
        raise UnreadableError(1, "header")
    reader = Reader(folder=folder)
    for record in known:
        reader.take(record)
    last = known[-1]
    return Record(
        header=known[0].data,
        plan=plan_from_json((folder / PLAN).read_bytes()),
        transcripts=reader.transcripts(),
        footer=last.data if last.kind is Kind.FOOTER else None,
        unattributed=tuple(reader.unattributed),
    )
