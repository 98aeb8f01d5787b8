"""What each operation of a step and each arrangement may be told; knows no scenario."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.document import Document, Place
from scenarios.errors import DeclarationError
from scenarios.model import Operation, Step

# Per operation: the keys that must be there, and those that may be there besides.
KEYS: Mapping[Operation, tuple[frozenset[str], frozenset[str]]] = {
    Operation.PRESCRIBE: (
        frozenset({"patient", "lines"}),
        frozenset({"bundle_identifier", "matricule"}),
    ),
    Operation.RESUBMIT_LAST: (frozenset(), frozenset()),
    Operation.CANCEL: (frozenset({"prescription", "reason"}), frozenset()),
    Operation.LOOK_UP: (frozenset({"prescription"}), frozenset()),
    Operation.DISPENSE: (
        frozenset(),
        frozenset({"paper", "tamper", "number", "birth_date_of", "lines", "keep_reserved"}),
    ),
    Operation.DISPENSE_REST: (frozenset({"prescription"}), frozenset()),
    Operation.RETRIEVE: (
        frozenset(),
        frozenset({"paper", "tamper", "number", "birth_date_of"}),
    ),
    Operation.RESERVE: (frozenset({"prescription"}), frozenset()),
    Operation.RELEASE: (frozenset({"prescription"}), frozenset()),
    Operation.RAW: (
        frozenset({"method", "path", "token"}),
        frozenset({"headers", "body", "body_text", "body_filler"}),
    ),
}
LINE_KEYS = frozenset({"code", "display", "count", "reason"})
TOKENS = frozenset({"valid", "none", "expired", "wrong-audience"})
_BINDINGS = ("paper", "number", "prescription")
_PERSONAS = ("patient", "birth_date_of")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\.(task_id|number|code)\}")


def parameter_mistakes(
    document: Document,
    place: Place,
    step: Step,
    *,
    personas: frozenset[str],
    bound: frozenset[str],
) -> Iterator[DeclarationError]:
    """Yield every mistake in a step's parameters; `bound` are the names made before it."""
    place = (*place, "parameters")
    given = step.parameters
    needed, allowed = KEYS[step.operation]
    for key in sorted(needed - set(given)):
        yield document.mistake(place, f"{step.operation} needs {key}")
    for key in sorted(set(given) - needed - allowed):
        yield document.mistake(
            (*place, key),
            f"{step.operation} knows no parameter {key}",
            hint="known: " + ", ".join(sorted(needed | allowed)),
        )
    for key in _BINDINGS:
        if key in given and given[key] not in bound:
            yield document.mistake((*place, key), f"{given[key]} is not bound by an earlier step")
    for key in _PERSONAS:
        if key in given and given[key] not in personas:
            yield document.mistake((*place, key), f"no persona is called {given[key]}")
    yield from _line_mistakes(document, place, given)
    if step.operation in {Operation.DISPENSE, Operation.RETRIEVE}:
        yield from _paper_mistakes(document, place, given)
    if step.operation is Operation.RAW:
        yield from _raw_mistakes(document, place, given, bound)


def _line_mistakes(
    document: Document, place: Place, given: Mapping[str, Any]
) -> Iterator[DeclarationError]:
    lines = given.get("lines", [])
    if not isinstance(lines, list):
        yield document.mistake((*place, "lines"), "a list of lines is needed here")
        return
    for index, line in enumerate(lines):
        if not isinstance(line, dict) or "code" not in line or set(line) - LINE_KEYS:
            yield document.mistake(
                (*place, "lines", index),
                "a line has a code and nothing unknown",
                hint="known: " + ", ".join(sorted(LINE_KEYS)),
            )


def _paper_mistakes(
    document: Document, place: Place, given: Mapping[str, Any]
) -> Iterator[DeclarationError]:
    by_number = {"number", "birth_date_of"} & set(given)
    if ("paper" in given) == bool(by_number) or len(by_number) == 1:
        yield document.mistake(place, "either paper, or number and birth_date_of")
    if given.get("tamper", "code") != "code":
        yield document.mistake((*place, "tamper"), "only the code can be tampered with")


def _raw_mistakes(
    document: Document, place: Place, given: Mapping[str, Any], bound: frozenset[str]
) -> Iterator[DeclarationError]:
    if given.get("token") not in TOKENS:
        yield document.mistake((*place, "token"), "one of " + ", ".join(sorted(TOKENS)))
    if not str(given.get("path", "")).startswith("/"):
        yield document.mistake((*place, "path"), "a path begins with /")
    if len({"body", "body_text", "body_filler"} & set(given)) > 1:
        yield document.mistake(place, "only one of body, body_text and body_filler")
    for key in ("path", "body", "body_text"):
        for name, _ in _PLACEHOLDER.findall(str(given.get(key, ""))):
            if name not in bound:
                yield document.mistake((*place, key), f"{name} is not bound by an earlier step")
