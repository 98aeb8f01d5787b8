"""What each operation of a step and each arrangement may be told; knows no scenario."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.document import Document, Place
from scenarios.errors import DeclarationError, known, phrase
from scenarios.model import Arrangement, DeviationKind, Operation, Step
from scenarios.tricks import Flaw, Forgery, HandedCertificate, LogoutNotice, PatientNotice
from scenarios.wording import shown

_TOLD = frozenset({"patient", "local_id"})
_HOW = frozenset({"version", "charset", "family", "given", "birth_date", "matricule"})

# Per operation: the keys that must be there, and those that may be there besides.
KEYS: Mapping[Operation, tuple[frozenset[str], frozenset[str]]] = {
    Operation.PRESCRIBE: (
        frozenset({"patient", "lines"}),
        frozenset({"bundle_identifier", "matricule"}),
    ),
    Operation.RESUBMIT_LAST: (frozenset(), frozenset()),
    Operation.SIGN_OUT: (frozenset(), frozenset()),
    Operation.RENEW_CERTIFICATE: (frozenset(), frozenset()),
    Operation.CANCEL: (frozenset({"prescription", "reason"}), frozenset()),
    Operation.LOOK_UP: (frozenset({"prescription"}), frozenset()),
    Operation.DISPENSE: (
        frozenset(),
        frozenset({"paper", "tamper", "number", "birth_date_of", "lines", "keep_reserved"}),
    ),
    Operation.DISPENSE_REST: (frozenset({"prescription"}), frozenset()),
    Operation.RETRIEVE: (
        frozenset(),
        frozenset({"paper", "tamper", "number", "birth_date_of", "stray"}),
    ),
    Operation.RESERVE: (frozenset({"prescription"}), frozenset()),
    Operation.RELEASE: (frozenset({"prescription"}), frozenset()),
    Operation.RAW: (
        frozenset({"method", "path", "token"}),
        frozenset({"headers", "body", "body_text", "body_filler"}),
    ),
    Operation.FUZZ: (frozenset(), frozenset({"also_as"})),
    Operation.LOAD: (
        frozenset({"prescriber", "patients", "rate", "seconds"}),
        frozenset({"users"}),
    ),
    Operation.DECLARE: (frozenset(), frozenset({"question"})),
    Operation.PROBE: (frozenset(), frozenset()),
    Operation.REGISTER_PATIENT: (_TOLD, _HOW | {"event"}),
    Operation.UPDATE_PATIENT: (_TOLD, _HOW | {"event"}),
    Operation.MERGE_PATIENTS: (_TOLD | {"old_id"}, _HOW),
    Operation.LINK_PATIENTS: (_TOLD | {"other_id"}, _HOW),
    Operation.UNLINK_PATIENTS: (_TOLD | {"other_id"}, _HOW),
    Operation.CHANGE_NUMBER: (_TOLD | {"old_id"}, _HOW),
    Operation.CROSS_REFERENCE: (frozenset({"local_id"}), _HOW | {"domain", "authority"}),
    Operation.FIND_PATIENT: (frozenset(), _HOW | {"patient", "page", "local_id"}),
    Operation.MATCH_PATIENT: (frozenset(), _HOW | {"patient", "only_certain", "count"}),
    Operation.REMOVE_PATIENT: (frozenset({"local_id"}), frozenset({"patient"})),
    Operation.SUBSCRIBE_PATIENTS: (frozenset(), frozenset({"criteria"})),
    Operation.SHOW_PATIENT: (frozenset({"local_id"}), frozenset()),
    Operation.RAW_MESSAGE: (frozenset({"kind", "event", "segments"}), frozenset({"header"})),
}
LINE_KEYS = frozenset({"code", "display", "count", "reason"})
TOKENS = frozenset(
    {
        "valid",
        "none",
        "expired",
        "wrong-audience",
        "altered",
        "unsigned",
        "confused",
        "foreign-key",
        "unknown-key",
        "enclosed-key",
        "identity",
    }
)
_NAMED = (
    ("flawed-server", "flaw", frozenset(Flaw)),
    ("hand-certificate", "certificate", frozenset(HandedCertificate)),
    ("notify-logout", "token", frozenset(LogoutNotice)),
    ("tell-changes", "message", frozenset(PatientNotice)),
)
"""Arrangements that are told the name of a trick: under which key, and which names there are."""
_BINDINGS = ("paper", "number", "prescription")
_PERSONAS = ("patient", "birth_date_of", "prescriber")
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
        what = phrase("declaration.parameter.missing", operation=step.operation, name=key)
        yield document.mistake(place, what)
    for key in sorted(set(given) - needed - allowed):
        yield document.mistake(
            (*place, key),
            phrase("declaration.parameter.unknown", operation=step.operation, name=key),
            hint=known(needed | allowed, wrong=key),
        )
    for key in _BINDINGS:
        if key in given and not _among(given[key], bound):
            yield _not_bound(document, (*place, key), given[key], bound)
    for key in _PERSONAS:
        if key in given and not _among(given[key], personas):
            yield document.mistake(
                (*place, key),
                phrase("declaration.persona.unknown", name=shown(given[key])),
                hint=known(personas, wrong=str(given[key])),
            )
    yield from _line_mistakes(document, place, given)
    if step.operation in {Operation.DISPENSE, Operation.RETRIEVE}:
        yield from _paper_mistakes(document, place, given)
    if step.operation is Operation.RAW:
        yield from _raw_mistakes(document, place, given, bound)


def trick_mistakes(
    document: Document, place: Place, step: Step | Arrangement
) -> Iterator[DeclarationError]:
    """Yield where a step names no forgery, or an arrangement no flaw, that there is."""
    if isinstance(step, Arrangement):
        for arranged, key, names in _NAMED:
            given = step.parameters.get(key)
            if step.arrange == arranged and not _among(given, names):
                what = phrase("declaration.value.not-allowed", found=shown(given))
                where = (*place, "parameters", key)
                yield document.mistake(where, what, hint=known(names))
    elif step.deviation is not None:
        forges = step.deviation.kind is DeviationKind.FORGE
        if forges == (step.deviation.forgery is None):
            what = phrase("declaration.value.not-allowed", found=shown(step.deviation.forgery))
            hint = known(Forgery) if forges else None
            yield document.mistake((*place, "deviation", "forgery"), what, hint=hint)


def _among(value: object, names: frozenset[str]) -> bool:
    return isinstance(value, str) and value in names


def _line_mistakes(
    document: Document, place: Place, given: Mapping[str, Any]
) -> Iterator[DeclarationError]:
    lines = given.get("lines", [])
    if not isinstance(lines, list):
        what = phrase("declaration.value.not-list", found=shown(lines))
        yield document.mistake((*place, "lines"), what)
        return
    for index, line in enumerate(lines):
        if not isinstance(line, dict) or "code" not in line or set(line) - LINE_KEYS:
            yield document.mistake(
                (*place, "lines", index),
                phrase("declaration.parameter.line", found=shown(line)),
                hint=known(LINE_KEYS),
            )


def _paper_mistakes(
    document: Document, place: Place, given: Mapping[str, Any]
) -> Iterator[DeclarationError]:
    by_number = {"number", "birth_date_of"} & set(given)
    ways = ("paper" in given, "stray" in given, bool(by_number))
    if sum(ways) != 1 or len(by_number) == 1:
        yield document.mistake(place, phrase("declaration.parameter.paper-or-number"))
    if given.get("tamper", "code") != "code":
        what = phrase("declaration.value.not-allowed", found=shown(given["tamper"]))
        yield document.mistake((*place, "tamper"), what, hint=known(("code",)))


def _raw_mistakes(
    document: Document, place: Place, given: Mapping[str, Any], bound: frozenset[str]
) -> Iterator[DeclarationError]:
    if not _among(given.get("token"), TOKENS):
        what = phrase("declaration.value.not-allowed", found=shown(given.get("token")))
        yield document.mistake((*place, "token"), what, hint=known(TOKENS))
    if not str(given.get("path", "")).startswith("/"):
        what = phrase("declaration.parameter.path", found=shown(given.get("path")))
        yield document.mistake((*place, "path"), what)
    if len({"body", "body_text", "body_filler"} & set(given)) > 1:
        yield document.mistake(place, phrase("declaration.parameter.one-body"))
    for key in ("path", "body", "body_text"):
        for name, _ in _PLACEHOLDER.findall(str(given.get(key, ""))):
            if name not in bound:
                yield _not_bound(document, (*place, key), name, bound)


def _not_bound(
    document: Document, place: Place, name: object, bound: frozenset[str]
) -> DeclarationError:
    """Return that a name is used which no earlier step has given."""
    what = phrase("declaration.binding.unknown", name=shown(name))
    return document.mistake(place, what, hint=known(bound))
