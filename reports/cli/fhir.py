"""The commands validate and fhirpath: documents in, what the validator and the engine say out."""

import json
import sys
from argparse import Namespace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from reference_server.fhir.fhirpath import FhirPathError, evaluate
from reference_server.fhir.json_reader import JsonFault
from reference_server.fhir.validation.library import PackageUnreadableError
from reference_server.fhir.validation.outcome import read_resource
from reference_server.fhir.validation.validator import Options, Validator
from reference_server.fhir.xml_reader import XmlFault
from reports.cli.console import Console
from reports.cli.failures import BAD, GOOD, WRONG_INPUT
from reports.cli.sarif import as_sarif, place_of
from reports.cli.speech import InputError
from reports.cli.writing import because
from reports.render.mistakes import say
from reports.render.texts import texts

LARGEST: Final = 64 * 1024 * 1024


def execute(name: str, arguments: Namespace) -> int:
    """Run a command: 0 nothing wrong, 1 an error was found, 2 a file could not be read."""
    console = Console.of(arguments)
    if name == "fhirpath":
        return _evaluate(arguments.expression, arguments.file, arguments.language)
    return _validate(arguments, console)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise InputError("cli.wrong.resource", where=str(file), detail=because(error)) from error
    if len(content) > LARGEST:
        raise InputError("cli.wrong.resource", where=str(file), detail=f"> {LARGEST}")
    return content


def _evaluate(expression: str, file: Path, language: str) -> int:
    """Print each item of the result as a line of JSON."""
    content = _read(file)
    try:
        resource = read_resource(content)
    except (JsonFault, XmlFault) as fault:
        detail = str(fault) if isinstance(fault, XmlFault) else f"{fault} {dict(fault.params)}"
        raise InputError("cli.wrong.resource", where=str(file), detail=detail) from fault
    try:
        values = evaluate(resource, expression)
    except FhirPathError as error:
        raise InputError(
            "cli.wrong.expression", where=expression, detail=error.reason.in_language(language)
        ) from error
    for value in values:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_number) + "\n")
    return GOOD


def _number(value: object) -> float | int:
    """Write a decimal as JSON's number."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value))


def _validate(arguments: Namespace, console: Console) -> int:
    try:
        options = Options(language=arguments.language, must_support=arguments.must_support)
        validator = Validator(packages=arguments.package, options=options)
    except PackageUnreadableError as error:
        detail = error.reason.in_language(arguments.language)
        raise InputError("cli.wrong.package", where=str(error.path), detail=detail) from error
    for lacking in validator.missing:
        told = console.t("cli.validate.missing", name=lacking.name, version=lacking.version)
        sys.stderr.write(told + "\n")
    worst = GOOD
    outcomes: list[tuple[Path, dict[str, Any]]] = []
    unread: list[tuple[Path, str]] = []
    for file in arguments.files:
        found = _outcome(validator, file, tuple(arguments.profile), console)
        if isinstance(found, str):
            sys.stderr.write(f"{file}: {found}\n")
            unread.append((file, found))
            worst = WRONG_INPUT
            continue
        outcomes.append((file, found))
        wrong = any(each["severity"] in {"error", "fatal"} for each in found["issue"])
        worst = max(worst, BAD) if wrong else worst
        if not arguments.sarif:
            _tell(file, found, console)
    if arguments.sarif:
        sys.stdout.write(
            json.dumps(as_sarif(outcomes, unread), ensure_ascii=False, indent=1) + "\n"
        )
    return worst


def _outcome(
    validator: Validator, file: Path, profiles: tuple[str, ...], console: Console
) -> dict[str, Any] | str:
    """Return a file's outcome; a sentence where it could not be read."""
    try:
        return validator.validate(_read(file), profiles=profiles)
    except InputError as wrong:
        detail = wrong.detail
        shown = detail if isinstance(detail, str) else say(detail, texts(console.speech.language))
        return f"{console.t('cli.wrong.resource')}: {shown}"


def _tell(file: Path, outcome: dict[str, Any], console: Console) -> None:
    console.result(outcome)
    for issue in outcome["issue"]:
        line, column = place_of(issue)
        place = f"{file}:{line}:{column}" if line else str(file)
        rule = next((each["code"] for each in issue["details"].get("coding", ())), "")
        shown = " ".join(part for part in (issue["details"]["text"], rule and f"[{rule}]") if part)
        where = ", ".join(issue.get("expression", ()))
        console.line(f"{place}: {issue['severity']}: {shown}" + (f"  {where}" if where else ""))
