"""Vendors and reviewers at the portal, without JavaScript: they come with a file."""

from reports.portal.desk import Desk
from tests.reports.portal.visitors import Visitor

PDF = b"%PDF-1.7\nproof\n"
TAGS = ("web", "oidc")


def comes_in(
    desk: Desk, person: Visitor, *, organisation: str, function: str, is_reviewer: bool = False
) -> Visitor:
    """Sign somebody in with a file of the organisation's."""
    admitted = desk.office.admissions.admit(organisation, is_reviewer=is_reviewer)
    person.open("/vendor")
    person.send("/vendor/file", {}, file=("own.json", admitted.model_dump_json().encode()))
    assert person.at == "/vendor/who", person.text
    person.send("/vendor/who", {"function": function})
    assert person.at == "/vendor/dossiers", person.text
    return person


def begins(person: Visitor, *, product: str = "AlphaMed", tags: tuple[str, ...] = TAGS) -> str:
    """Begin a dossier; return its path."""
    told: dict[str, str | list[str]] = {
        "organisation": "Alpha Soft",
        "product": product,
        "product_version": "4.2",
        "tag": list(tags),
    }
    person.send("/vendor/dossiers", told)  # type: ignore[arg-type]  # httpx sends a list as several fields
    assert person.at.startswith("/vendor/dossier/"), person.text
    return person.at
