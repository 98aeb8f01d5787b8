"""The command `doctor`: arguments, what it prints, exit code; examines nothing itself."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from reference_server.text import Catalogue

if TYPE_CHECKING:
    from test_suites.doctor.examine import Examination
    from test_suites.doctor.notebook import Checked, Diagnosis
    from test_suites.subjects.model import Subject

GOOD, BAD = 0, 1
Say = Callable[..., str]


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `doctor`."""
    say = speaker(parser.get_default("language") or "fr")
    parser.add_argument(
        "--subject", type=Path, required=True, metavar="FILE", help=say("doctor.option.subject")
    )


def execute(_name: str, arguments: Namespace) -> int:
    """Examine; 1 where something was found that would hinder a campaign.

    Raises DeclarationError where the subject file itself cannot be read.
    """
    from scenarios.wording import visible
    from test_suites.doctor.around import Surroundings
    from test_suites.doctor.examine import examination
    from test_suites.subjects.reader import Written, parse_declared, read_text

    file: Path = arguments.subject
    text = read_text(file)
    subject = parse_declared(text, file=str(file))
    say = speaker(arguments.language)
    if not arguments.json:
        name, version = visible(subject.product.name), visible(subject.product.version)
        print(say("doctor.start", product=name, version=version), file=sys.stderr)
    found = examination(
        subject,
        file.parent,
        written=Written(text=text, file=str(file)),
        surroundings=Surroundings(environ=os.environ, has_terminal=sys.stdin.isatty()),
    )
    if arguments.json:
        print(json.dumps(_as_json(found, subject, say), ensure_ascii=False))
    else:
        print("\n".join(_lines(found, say)))
    return GOOD if found.is_good else BAD


def _lines(found: "Examination", say: Say) -> Iterator[str]:
    """Yield a line for each examination, whatever was found right under it, and a sum."""
    for check in found.checks:
        yield f"{_mark(check, say)}  {_title(check, say)}"
        for one in check.diagnoses:
            yield from _diagnosis_lines(one, say)
    yield ""
    causes = sum(not one.cause.is_hint for one in found.diagnoses)
    hints = len(found.diagnoses) - causes
    closing = "doctor.sum.good" if found.is_good else "doctor.sum.found"
    yield say(closing, count=causes, hints=hints, checks=len(found.checks))


def _mark(check: "Checked", say: Say) -> str:
    only_hints = check.diagnoses and all(one.cause.is_hint for one in check.diagnoses)
    return say("doctor.state.hint" if only_hints else f"doctor.state.{check.state.value}")


def _title(check: "Checked", say: Say) -> str:
    title = say(f"doctor.check.{check.id}")
    return f"{title} ({check.about})" if check.about else title


def _diagnosis_lines(one: "Diagnosis", say: Say) -> Iterator[str]:
    where = ""
    if one.field:
        place = "doctor.field-and-line" if one.line else "doctor.field"
        where = " · " + say(place, field=one.field, line=one.line or 0)
    yield f"     {say(f'doctor.blame.{one.cause.blame.value}')}{where} · {one.cause.id}"
    for part in ("seen", "expected", "mend"):
        yield f"     {say(f'doctor.{part}', text=_sentence(one, part, say))}"


def _sentence(one: "Diagnosis", part: str, say: Say) -> str:
    return say(f"doctor.cause.{one.cause.id}.{part}", **one.params)


def _as_json(found: "Examination", subject: "Subject", say: Say) -> Mapping[str, object]:
    return {
        "product": subject.product.name,
        "version": subject.product.version,
        "good": found.is_good,
        "checks": [
            {
                "check": check.id,
                "about": check.about,
                "state": check.state.value,
                "diagnoses": [_diagnosis_json(one, say) for one in check.diagnoses],
            }
            for check in found.checks
        ],
    }


def _diagnosis_json(one: "Diagnosis", say: Say) -> Mapping[str, object]:
    return {
        "cause": one.cause.id,
        "blame": one.cause.blame.value,
        "hint": one.cause.is_hint,
        "field": one.field,
        "line": one.line,
        "params": dict(one.params),
        **{part: _sentence(one, part, say) for part in ("seen", "expected", "mend")},
    }


def speaker(language: str) -> Say:
    """Return what gives the doctor's sentences in a language."""

    def say(message_id: str, **params: object) -> str:
        return _catalogue().render(message_id, params, language)

    return say


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("test_suites.doctor") / "messages")
