"""`$expand`: the codes of a value set, in pages, filtered, with their designations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from reference_server.fhir.compose import write_json
from reference_server.fhir.r4.store import Resource
from reference_server.fhir.validation.codes import Concept
from reference_server.services.terminology.catalogue.terminology import (
    GRAMMARS,
    Members,
    Terminology,
    is_abstract,
    is_inactive,
    walked,
)
from reference_server.services.terminology.errors import ExpansionImpossible, TerminologyRefusal
from reference_server.services.terminology.fhir.arguments import (
    BOOLEAN,
    CODE,
    INTEGER,
    STRING,
    URI,
    needed,
)
from reference_server.services.terminology.model import Coded, Given

KNOWN: Final[Mapping[str, str]] = {
    "url": URI,
    "valueSetVersion": STRING,
    "filter": STRING,
    "offset": INTEGER,
    "count": INTEGER,
    "includeDesignations": BOOLEAN,
    "activeOnly": BOOLEAN,
    "excludeNested": BOOLEAN,
    "displayLanguage": CODE,
}
DEEPEST: Final = 20
Contains = dict[str, Any]


def expand(terminology: Terminology, given: Given, *, now: datetime) -> bytes:
    """Return the value set with its expansion; raises TerminologyRefusal, ParameterMissing."""
    url = needed(given, "url")
    resource = terminology.value_set(url, given.text("valueSetVersion"))
    expansion = Expansion(terminology=terminology, given=given, url=url.partition("|")[0])
    members = terminology.members_of(url, lambda: tuple(expansion.members(resource)))
    if expansion.chooses:
        members = tuple(each for each in members if expansion.passes(*each))
    kept = {name: value for name, value in resource.items() if name != "compose"}
    return write_json(
        {
            **kept,
            "expansion": {
                "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds"),
                "total": len(members),
                **expansion.page(members),
            },
        }
    )


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """Owns one call's view of a value set: who its members are and how they are shown."""

    terminology: Terminology
    given: Given
    url: str

    @cached_property
    def language(self) -> str | None:
        return self.given.text("displayLanguage")

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple((self.given.text("filter") or "").casefold().split())

    @property
    def chooses(self) -> bool:
        """Whether some of the members may be left out."""
        return bool(self.words or self.given.flags.get("activeOnly"))

    def members(self, resource: Resource) -> Iterator[tuple[str, str]]:
        """Yield system and code of each member once; raises ExpansionImpossible."""
        seen = set()
        for system, code in self._candidates(resource, 0):
            if (system, code) in seen:
                continue
            seen.add((system, code))
            try:
                held = self.terminology.is_member(self.url, Coded(system=system, code=code))
            except TerminologyRefusal:
                raise self._impossible(system) from None
            if held:
                yield system, code

    def _candidates(self, resource: Resource, depth: int) -> Iterator[tuple[str, str]]:
        """Yield what may be a member: whether it is one, the judge of membership says."""
        if depth > DEEPEST:
            raise self._impossible(resource["url"])
        if "compose" not in resource:
            listed = resource.get("expansion", {}).get("contains")
            if listed is None:
                raise self._impossible(resource["url"])
            yield from _flat(listed)
            return
        for part in resource["compose"].get("include", ()):
            yield from self._of_part(part, depth)

    def _of_part(self, part: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str]]:
        system = part.get("system")
        if "_dropped" in part:
            raise self._impossible(str(system))
        if "concept" in part:
            yield from ((str(system), each["code"]) for each in part["concept"])
        elif system is not None:
            yield from self._of_system(str(system))
        else:
            for url in part.get("valueSet", ()):
                yield from self._candidates(self.terminology.value_set(url), depth + 1)

    def _of_system(self, system: str) -> Iterator[tuple[str, str]]:
        known = None if system in GRAMMARS else self.terminology.codes().system(system)
        if known is None or not known.complete:
            raise self._impossible(system)
        yield from ((system, each["code"]) for each in walked(known.resource))

    def _impossible(self, part: str) -> ExpansionImpossible:
        return ExpansionImpossible(url=self.url[:120], part=part[:120])

    def concept(self, system: str, code: str) -> Concept | None:
        known = self.terminology.codes().system(system)
        return None if known is None else known.find(code)

    def passes(self, system: str, code: str) -> bool:
        """Tell whether a member is wanted: active, and with every word of the filter in it."""
        if self.given.flags.get("activeOnly"):
            concept = self.concept(system, code)
            if concept is not None and is_inactive(concept):
                return False
        if not self.words:
            return True
        displays = [self.terminology.display(system, code, None) or ""]
        displays += [str(each["value"]) for each in self.terminology.designations(system, code)]
        texts = [each.casefold() for each in (code, *displays)]
        return any(all(word in text for word in self.words) for text in texts)

    def page(self, members: Members) -> dict[str, Any]:
        """Return what an expansion tells of the members that are asked for."""
        offset = self.given.numbers.get("offset")
        count = self.given.numbers.get("count")
        told: dict[str, Any] = {}
        if offset is not None or count is not None:
            told["offset"] = start = offset or 0
            members = members[start:] if count is None else members[start : start + count]
        if named := list(self._parameters()):
            told["parameter"] = named
        whole = "offset" not in told and not self.words
        if whole and self.given.flags.get("excludeNested") is False:
            shown = self._nested(members)
        else:
            shown = [self._contained(*each) for each in members]
        return {**told, "contains": shown} if shown else told

    def _parameters(self) -> Iterator[dict[str, Any]]:
        for name, value in self.given.numbers.items():
            yield {"name": name, "valueInteger": value}
        for name, flag in self.given.flags.items():
            yield {"name": name, "valueBoolean": flag}
        for name, key in (("filter", "valueString"), ("displayLanguage", "valueCode")):
            text = self.given.text(name)
            if text is not None:
                yield {"name": name, key: text}

    def _contained(self, system: str, code: str) -> Contains:
        told: Contains = {"system": system}
        concept = self.concept(system, code)
        if concept is not None and is_abstract(concept):
            told["abstract"] = True
        if concept is not None and is_inactive(concept):
            told["inactive"] = True
        told["code"] = code
        display = self.terminology.display(system, code, self.language)
        if display:
            told["display"] = display
        if self.given.flags.get("includeDesignations"):
            designations = self.terminology.designations(system, code)
            if designations:
                told["designation"] = designations
        return told

    def _nested(self, members: Members) -> list[Contains]:
        """Return the members below the nearest of their parents that is a member, too."""
        made = {each: self._contained(*each) for each in members}
        top = []
        for (system, code), told in made.items():
            concept = self.concept(system, code)
            above = () if concept is None else concept.parents
            parent = next((made[system, up] for up in above if (system, up) in made), None)
            if parent is None:
                top.append(told)
            else:
                parent.setdefault("contains", []).append(told)
        return top


def _flat(listed: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in listed:
        if "code" in each:
            yield each.get("system", ""), each["code"]
        yield from _flat(each.get("contains", []))
