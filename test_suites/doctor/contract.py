"""What is wrong with a driver's answers, from the answers alone; knows the contract, no product."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml

import test_suites
from scenarios.document import Place, field_name
from test_suites.core.message import JsonValue
from test_suites.doctor.notebook import Fault, fault
from test_suites.subjects.model import Role, Subject

HERE: Final[Place] = ("operator",)
FILE: Final = Path(test_suites.__file__).parent / "vendors" / "driver.openapi.yaml"
ACTS: Final[Mapping[str, Mapping[str | None, tuple[str, ...]]]] = {
    "prescriber": {
        None: ("prescribe",),
        "cancel": ("cancel",),
        "resubmit": ("resubmit-last",),
        "sign-out": ("sign-out",),
        "client-certificate": ("renew-certificate",),
    },
    "laboratory": {
        None: ("retrieve", "dispense"),
        "fractioned": ("dispense-rest",),
        "reserve": ("reserve", "release"),
        "client-certificate": ("renew-certificate",),
    },
    "feed-source": {None: ("register-patient", "update-patient", "merge-patients")},
    "identity-consumer": {None: ("find-patient", "cross-reference")},
    "fhir-feed-source": {
        None: ("register-patient", "update-patient", "merge-patients", "remove-patient")
    },
    "fhir-identity-consumer": {
        None: ("find-patient", "match-patient", "cross-reference"),
        "pmir": ("subscribe-patients", "show-patient"),
    },
}
"""Acts of each role by the capability that needs them; None: every product of the role."""


def introduction_faults(told: JsonValue, subject: Subject) -> Iterator[Fault]:
    """Yield what a driver says of itself that the contract or the subject file does not."""
    wrong = next(_against("Introduction", told), None)
    if wrong is not None or not isinstance(told, dict):
        member, rule = wrong or ("-", "type")
        yield fault("driver-against-contract", HERE, request="GET /", member=member, rule=rule)
        return
    roles = [role.actor for role in subject.roles]
    if told["role"] not in roles:
        expected = ", ".join(roles)
        place: Place = ("roles", 0, "actor")
        yield fault("driver-other-role", place, expected=expected, found=told["role"])
        return
    declared = f"{subject.product.name} {subject.product.version}"
    found = f"{told['product']} {told['version']}"
    if declared != found:
        yield fault("driver-other-product", ("product",), expected=declared, found=found)
    acts = told["acts"]
    for index, role in enumerate(subject.roles):
        missing = sorted(_wanted(role) - set(map(str, acts if isinstance(acts, list) else ())))
        if missing:
            where: Place = ("roles", index)
            yield fault("driver-act-missing", where, role=role.actor, acts=", ".join(missing))


def _wanted(role: Role) -> set[str]:
    needed: Iterable[str | None] = (None, *role.capabilities)
    acts = ACTS.get(role.actor, {})
    return {act for one in needed for act in acts.get(one, ())}


def reason_faults(told: JsonValue, *, request: str) -> Iterator[Fault]:
    """Yield what is wrong with the body of an error."""
    for member, rule in _against("Reason", told):
        yield fault("driver-against-contract", HERE, request=request, member=member, rule=rule)
        return


def _against(schema: str, told: JsonValue) -> Iterator[tuple[str, str]]:
    """Yield member and broken rule of a value, by the contract's own schema."""
    contract = _contract()
    whole = {"$ref": f"#/components/schemas/{schema}", "components": contract["components"]}
    for error in jsonschema.Draft202012Validator(whole).iter_errors(told):
        yield field_name(tuple(error.absolute_path)) or "-", _rule(error)


def _rule(error: jsonschema.ValidationError) -> str:
    """Return a broken rule as the schema writes it."""
    wanted = error.validator_value
    told = ", ".join(map(str, wanted)) if isinstance(wanted, list) else ""
    return f"{error.validator} {told}".strip()


@cache
def _contract() -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return content
