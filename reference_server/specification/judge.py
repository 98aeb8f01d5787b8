"""The validator that knows the national specification: read once a process, asked often."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from reference_server.fhir.validation.issues import Issue, Severity
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Options, Validator
from reference_server.specification.model import Resource, Settings
from reference_server.specification.sources import read

_LIST_IN_FORCE: Final = "/BioPrescCodes"
_MOTIVATION: Final = "erx-line-2"
# A display is for people: one in other words changes nothing of what is prescribed.
_OPTIONS: Final = Options(wrong_displays=Severity.WARNING)
_WRONG: Final = frozenset({Severity.ERROR, Severity.FATAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalJudge:
    """Owns a validator of the national profiles, and what their invariants rest on."""

    root: str
    validator: Validator
    requirements: Mapping[str, str]
    """The requirement that a profile's invariant puts into words, by the invariant's key."""

    def issues(self, resource: Mapping[str, Any], profile: str) -> tuple[Issue, ...]:
        """Return everything found in a resource that is to fit a national profile, by its id.

        Which analyses exist and which need a motivation is left out: that is told by the list in
        force, which changes oftener than a package, and this one's is that of its publication.
        """
        found = self.validator.issues_of(resource, profiles=(self.canonical(profile),))
        return tuple(issue for issue in found if not _is_of_list(issue))

    def errors(self, resource: Mapping[str, Any], profile: str) -> tuple[Issue, ...]:
        """Return what is wrong with a resource that is to fit a national profile, by its id."""
        return tuple(i for i in self.issues(resource, profile) if i.severity in _WRONG)

    def canonical(self, profile: str) -> str:
        """Return the canonical of a national profile."""
        return f"{self.root}/StructureDefinition/{profile}"


@cache
def national_judge(settings: Settings | None = None) -> NationalJudge:
    """Return the judge of one canonical base; reading and compiling take about 0.2 s, once."""
    settings = settings or Settings()
    specification = read(settings)
    library = Library()
    library.lay(specification.resources)
    return judge_of(settings, library, specification.resources)


def judge_of(settings: Settings, library: Library, resources: Iterable[Resource]) -> NationalJudge:
    """Return the judge of artefacts that lie in a library, whoever published them."""
    profiles = [each for each in resources if each["resourceType"] == "StructureDefinition"]
    return NationalJudge(
        root=settings.root,
        validator=Validator(library=library, options=_OPTIONS),
        requirements=dict(_cited(profiles)),
    )


def _is_of_list(issue: Issue) -> bool:
    named = str(issue.params.get("name", ""))
    return named.endswith(_LIST_IN_FORCE) or issue.params.get("key") == _MOTIVATION


def _cited(profiles: Iterable[Resource]) -> list[tuple[str, str]]:
    """Return the requirements that rules cite, by the rules' keys; a package may cite none."""
    return [
        (constraint["key"], constraint["requirements"])
        for profile in profiles
        for element in profile.get("differential", {}).get("element", ())
        for constraint in element.get("constraint", ())
        if "requirements" in constraint
    ]
