"""What a person is told to do at a product, line by line; asks nothing and keeps nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from test_suites.core.message import JsonValue

Say: TypeAlias = Callable[..., str]
"""Message id (its end after `engine.console.`) and parameters to a sentence."""
PAPER: Final = "paper_base64"
CERTIFICATE: Final = ("certificate_pem", "certificate_key_pem")
"""Handed over as files."""
_ALONE: Final = frozenset(
    {
        *("number", "birth_date", "reason", "bundle_identifier"),
        *("local_id", "old_id", "other_id", "family", "given"),
        *("version", "charset", "event", "domain", "authority", "page", "criteria"),
    }
)


def instructions(parameters: Mapping[str, JsonValue], say: Say) -> Iterator[str]:
    """Return the data of an act as lines of text; a page to scan is handed over as a file."""
    for name, value in parameters.items():
        match value:
            case dict() if name == "patient":
                yield _patient(value, say)
            case list() if name == "lines":
                yield from (_line(each, say) for each in value if isinstance(each, dict))
            case True if name in {"keep_reserved", "only_certain"}:
                yield say(f"with.{name.replace('_', '-')}")
            case False | None:
                continue
            case _ if name in _ALONE:
                yield say(f"with.{name.replace('_', '-')}", value=value)
            case _ if name not in {PAPER, *CERTIFICATE}:
                yield f"{name} = {value}"


def _patient(patient: Mapping[str, JsonValue], say: Say) -> str:
    return say(
        "with.patient",
        family=patient["family"],
        given=patient["given"],
        matricule=patient["matricule"],
        birth_date=patient["birth_date"],
        gender=say(f"gender.{patient['gender']}"),
    )


def _line(line: Mapping[str, JsonValue], say: Say) -> str:
    parts = [say("with.line", code=line["code"], display=line.get("display", line["code"]))]
    if "count" in line:
        parts.append(say("with.count", count=line["count"]))
    if "reason" in line:
        parts.append(say("with.reason", value=line["reason"]))
    return " · ".join(parts)
