"""The validator: a document in, an OperationOutcome out; everything said with rule, place, line."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reference_server.fhir.fhirpath import Environment
from reference_server.fhir.fhirpath.nodes import Node
from reference_server.fhir.json_reader import JsonFault
from reference_server.fhir.r4.model import BASE, types
from reference_server.fhir.r4.store import Resource
from reference_server.fhir.validation import bare, narratives, xml_form
from reference_server.fhir.validation.binding import Bindings
from reference_server.fhir.validation.codes import Codes, codings_of
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.extras import extras
from reference_server.fhir.validation.gathered import MOST_ISSUES, Gathered, TooManyIssuesError
from reference_server.fhir.validation.issues import Issue, Severity
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.outcome import is_xml, outcome, read_resource
from reference_server.fhir.validation.packages import load
from reference_server.fhir.validation.references import around
from reference_server.fhir.validation.rules import Profile, ProfileBrokenError, read_profile
from reference_server.fhir.validation.snapshot import SnapshotError, with_snapshot
from reference_server.fhir.validation.walker import Walker
from reference_server.fhir.xml_reader import XmlFault

# What a definition whose JSON is not that of a StructureDefinition leads to.
_MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How strict a validation is, and the language of its sentences."""

    unknown_extensions: Severity = Severity.ERROR
    wrong_displays: Severity = Severity.ERROR
    language: str = "fr"
    must_support: bool = False
    """Whether it is told which must-support elements of profiles are not there."""


class Validator:
    """Owns the definitions and what was compiled of them; validates as often as it is asked."""

    def __init__(
        self,
        packages: Iterable[Path | str] = (),
        *,
        library: Library | None = None,
        options: Options | None = None,
        dependencies: Path | None = None,
    ) -> None:
        """Read packages, and what they need from a folder of archives, else from beside them.

        `missing` tells what they need and is not there. Raises PackageUnreadableError.
        """
        self.library = library or Library()
        loaded = load([Path(each) for each in packages], dependencies)
        for package in loaded.packages:
            self.library.lay(package.resources)
        self.missing = loaded.missing
        self._options = options or Options()
        self._profiles: dict[str, Profile | None] = {}
        self.broken: dict[str, str] = {}
        self._bindings = Bindings(codes=Codes(self.library))

    def validate(self, source: bytes, *, profiles: Iterable[str] = ()) -> dict[str, Any]:
        """Return the OperationOutcome of a resource in JSON or XML, also of what is neither."""
        found = self.issues(source, profiles=profiles)
        return outcome(found, source=source, language=self._options.language)

    def issues(self, source: bytes, *, profiles: Iterable[str] = ()) -> tuple[Issue, ...]:
        """Return everything found in a resource in JSON or XML, in the order of its elements."""
        try:
            tree = read_resource(source)
        except JsonFault as fault:
            return (_unreadable(fault.code, fault.params),)
        except XmlFault as fault:
            return (_unreadable("xml-not-readable", {"reason": fault.what, "line": fault.line}),)
        form = tuple(xml_form.look(source)) if is_xml(source) else ()
        return (*form, *self.issues_of(tree, profiles=profiles))

    def issues_of(
        self, tree: Mapping[str, Any], *, profiles: Iterable[str] = ()
    ) -> tuple[Issue, ...]:
        """Return everything found in a resource that was read."""
        surroundings = around(tree)
        bindings = self._bindings.fresh()
        walker = Walker(
            profile_of=self.profile,
            bindings=bindings,
            environment=Environment(
                strict=False,
                resolve=surroundings.find,
                member_of=self._is_member,
                conforms_to=lambda _item, _url: None,
            ),
            around=surroundings,
            extras=self._extras,
            unknown_extensions=self._options.unknown_extensions,
            wrong_displays=self._options.wrong_displays,
            must_support=self._options.must_support,
        )
        told = tree.get("resourceType")
        name = told if isinstance(told, str) else "Resource"
        kind = types().get(name) if types().is_resource(name) else types().get("Resource")
        with contextlib.suppress(TooManyIssuesError):
            walker.resource(Node(tree, kind), name, [], tuple(profiles))
            for extra in narratives.look(tree):
                walker.keep(extra.at(name))
        found = tuple(
            each for each in walker.gathered.issues.values() if not _vouched(each, bindings)
        )
        return (*found, _cut(name, walker.gathered)) if walker.gathered.untold else found

    def profile(self, url: str) -> Profile | None:
        """Return the rules of a profile or type, None where it is not known."""
        if url not in self._profiles:
            found = self.library.structure(url)
            self._profiles[url] = None if found is None else self._read(found)
        return self._profiles[url]

    def _extras(self, node: Node) -> Iterable[Extra]:
        return extras(node, self.library)

    def _read(self, definition: Resource) -> Profile | None:
        try:
            read = read_profile(with_snapshot(definition, self.library.structure))
        except (ProfileBrokenError, SnapshotError, *_MALFORMED) as error:
            self.broken[definition.get("url", "")] = str(error)
            return None
        bare.mark(read, self.profile)
        return read

    def _is_member(self, item: Any, value_set: str) -> bool | None:  # noqa: ANN401  JSON
        codes = self._bindings.codes
        if isinstance(item, str):
            return codes.is_member(value_set, None, item)
        answers = [codes.is_member(value_set, system, code) for system, code in codings_of(item)]
        if True in answers:
            return True
        return None if None in answers else False


def _vouched(issue: Issue, bindings: Bindings) -> bool:
    """Tell whether a code that its system could not tell was found in a value set that lists it."""
    told = issue.params
    return issue.rule == "code-not-checked" and (told["name"], told["value"]) in bindings.vouched


def _cut(name: str, gathered: Gathered) -> Issue:
    """Return the remark that not everything is told; nothing is left out in silence."""
    severity = Severity.WARNING if gathered.unchecked else Severity.INFORMATION
    return Issue(
        rule="issues-left-out",
        severity=severity,
        code="too-costly",
        expression=name,
        params={"limit": MOST_ISSUES},
        not_checked=gathered.unchecked,
    )


def _unreadable(rule: str, params: Mapping[str, str | int]) -> Issue:
    return Issue(rule=rule, severity=Severity.FATAL, code="structure", expression="", params=params)


__all__ = ["BASE", "Options", "Validator", "outcome"]
