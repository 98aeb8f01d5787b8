"""The command fuzz: tries a server with generated requests, judges it and says what was tried.

Without a subject file the reference service is served in this process and tried itself.
"""

import contextlib
import datetime as dt
import json
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from reports.cli.campaign import Asked
from reports.cli.console import Console
from reports.cli.options import FUZZ_OUT
from reports.cli.runs import campaign
from reports.cli.speech import InputError
from scenarios import load_catalogue
from scenarios.errors import Phrase
from scenarios.model import Operation
from test_suites.deviations.planted import PARAMETER, PATH, PlantedFault
from test_suites.engine.journal import read
from test_suites.engine.own import own_server
from test_suites.engine.plan import make_plan
from test_suites.fuzzing.activity import FIGURES, Fuzz
from test_suites.fuzzing.budget import Budget
from test_suites.subjects.reader import read_subject

SCHEME: Final = "ROB-eRX"
PLANTED: Final = f"+ {PATH}?{PARAMETER}=-N → 500"
"""How the report names the reference service with the error planted in front of it."""
MOST_EXAMPLES: Final = 1000
MOST_SECONDS: Final = 3600


def execute(name: str, arguments: Namespace) -> int:
    """Try a server, and return the exit code of its judgement."""
    del name
    console, budget = Console.of(arguments), _budget(arguments)
    if arguments.planted and arguments.subject is not None:
        raise InputError("cli.wrong.fuzz-planted", where="--planted")
    if arguments.seed is not None and arguments.seed < 0:
        raise InputError("cli.wrong.fuzz-number", where=f"--seed {arguments.seed}")
    out = arguments.out or FUZZ_OUT / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"
    # The seed is the generator's alone: a server remembers what an earlier run submitted, and a
    # run of the same names would meet its own traces there.
    with _subject(arguments) as subject:
        _must_have_a_case(subject)
        asked = Asked(
            scheme=SCHEME,
            activities={Operation.FUZZ: Fuzz(budget=budget, seed=arguments.seed)},
            only=True,
        )
        code = campaign(subject, out, asked, console)
    _tell(_figures(out), console)
    return code


def _budget(arguments: Namespace) -> Budget:
    """Return what the options ask for."""
    usual = Budget()
    examples = usual.examples if arguments.max_examples is None else arguments.max_examples
    seconds = usual.seconds if arguments.seconds is None else float(arguments.seconds)
    if not 1 <= examples <= MOST_EXAMPLES:
        raise InputError("cli.wrong.fuzz-number", where=f"--max-examples {examples}")
    if not 1 <= seconds <= MOST_SECONDS:
        raise InputError("cli.wrong.fuzz-number", where=f"--seconds {arguments.seconds}")
    return Budget(examples=examples, seconds=seconds, operations=tuple(arguments.operation))


@contextlib.contextmanager
def _subject(arguments: Namespace) -> Iterator[Path]:
    """Give the subject file: the one named, or that of the reference service, served here."""
    if arguments.subject is not None:
        if not arguments.subject.is_file():
            raise InputError("cli.wrong.no-file", where=str(arguments.subject))
        yield arguments.subject
        return
    with tempfile.TemporaryDirectory(prefix="equalis-fuzz-") as folder:
        if not arguments.planted:
            with own_server(Path(folder)) as file:
                yield file
            return
        planted = own_server(Path(folder), wrap=lambda app: PlantedFault(app=app), build=PLANTED)
        with planted as file:
            yield file


def _must_have_a_case(subject_file: Path) -> None:
    """Raise InputError where the product is no server, or nobody can sign in there."""
    subject = read_subject(subject_file, today=dt.datetime.now(dt.UTC).date())
    asked = frozenset({Operation.FUZZ})
    plan = make_plan(subject, load_catalogue(), activities=asked, only=True, scheme=SCHEME)
    if plan.cases:
        return
    if not plan.exclusions:
        raise InputError("cli.wrong.fuzz-no-server", where=str(subject_file))
    why = plan.exclusions[0]
    detail = Phrase(why.message_id, {name: str(value) for name, value in why.params.items()})
    raise InputError("cli.wrong.fuzz-left-out", where=str(subject_file), detail=detail)


def _figures(out: Path) -> dict[str, Any]:
    """Return what the activity counted; nothing where it did not come to its end."""
    exhibits = (exhibit for transcript in read(out).transcripts for exhibit in transcript.exhibits)
    found = next((one.content for one in exhibits if one.name == FIGURES), b"{}")
    return dict(json.loads(found))


def _tell(figures: dict[str, Any], console: Console) -> None:
    """Say how much was tried, from which document, and whether the time was enough."""
    if not figures:
        console.tell("cli.fuzz.nothing")
        return
    console.tell(
        "cli.fuzz.sent",
        requests=sum(figures["sent"].values()),
        operations=len(figures["sent"]),
        people=", ".join(figures["signed_in_as"]),
        seed=figures["seed"],
    )
    console.tell(f"cli.fuzz.document-{figures['document']}")
    if figures["stopped_by"] is not None:
        console.tell("cli.fuzz.stopped")
