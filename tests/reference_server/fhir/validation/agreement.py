"""How far our validator says what HL7's own says on the public cases, at three levels."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from reference_server.fhir.r4.store import Resource
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator
from reference_server.fhir.xml_reader import read_xml

SUITES: Final = os.environ.get("EQUALIS_PUBLIC_SUITES")
HL7: Final = Path(SUITES or ".") / "fhir-validator-r4"
_COMMENT: Final = re.compile(r"/\*.*?\*/")
_WRONG: Final = frozenset({"error", "fatal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a case: what was found by us and by HL7's validator."""

    name: str
    ours: dict[str, Any]
    theirs: dict[str, Any]

    @property
    def same_verdict(self) -> bool:
        return is_wrong(self.ours) is is_wrong(self.theirs)

    @property
    def same_count(self) -> bool:
        return _errors(self.ours) == _errors(self.theirs)

    @property
    def same_places(self) -> bool:
        """Whether the errors are as many and stand at the same elements."""
        told = self.theirs.get("issue")
        return self.same_count and (not told or _places(self.ours) == _places(self.theirs))


def is_wrong(outcome: dict[str, Any]) -> bool:
    """Tell whether an outcome holds an error, or an inline one counts some."""
    return _errors(outcome) > 0


def _errors(outcome: dict[str, Any]) -> int:
    if "errorCount" in outcome:
        return int(outcome["errorCount"])
    return sum(issue["severity"] in _WRONG for issue in outcome.get("issue", ()))


def _places(outcome: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Count severity and expression of each error; comments that HL7 puts into it are left out."""
    return Counter(
        (each["severity"], _COMMENT.sub("", (each.get("expression") or [""])[0]).rstrip("/"))
        for each in outcome.get("issue", ())
        if each["severity"] in _WRONG
    )


def read(name: str) -> Iterator[Resource]:
    """Yield a definition of the collection, where it is part of it."""
    file = HL7 / "files" / name
    if not file.exists():
        return
    content = file.read_bytes()
    if name.endswith(".xml"):
        yield read_xml(content)
    else:
        yield json.loads(content, parse_float=Decimal)


def _told(outcome: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    if isinstance(outcome, str):
        outcome = json.loads((HL7 / "outcomes" / outcome).read_text(encoding="utf-8"))
    found: dict[str, Any] = outcome.get("outcome", outcome)
    return found


def steps() -> Iterator[Step]:
    """Validate every step of every case that HL7's validator has an outcome of."""
    manifest = json.loads((HL7 / "manifest.json").read_text(encoding="utf-8"))
    for case in manifest["test-cases"]:
        for step, spec in (("base", case), ("profile", case.get("profile", {}))):
            if "java" not in spec:
                continue
            named = [*case.get("profiles", ()), *case.get("supporting", ())]
            library, profiles = Library(), []
            if step == "profile":
                named += spec.get("supporting", ())
                profiles = [source["url"] for source in read(spec["source"])]
                library.lay(read(spec["source"]))
            library.lay(resource for name in named for resource in read(name))
            source = (HL7 / "files" / case["file"]).read_bytes()
            found = Validator(library=library).validate(source, profiles=profiles)
            yield Step(name=f"{case['name']}/{step}", ours=found, theirs=_told(spec["java"]))


def agreement(found: tuple[Step, ...]) -> tuple[float, float, float]:
    """Return the shares of steps with the same verdict, count of errors, and places."""
    if not found:
        return 0.0, 0.0, 0.0
    same = [(each.same_verdict, each.same_count, each.same_places) for each in found]
    verdict, count, places = (sum(level) / len(found) for level in zip(*same, strict=True))
    return verdict, count, places
