"""A provider directory of 5,000 synthetic professionals, the same from the same seed.

Names are put together from common ones, so that products under test accept them; numbers lie in
blocks that personas do not use. Nobody here exists.
"""

import random
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from reference_server.national.professions import (
    BIOLOGIST,
    DENTIST,
    LABORATORY_TECHNICIAN,
    MIDWIFE,
    NURSE,
    PHARMACIST,
    PHYSICIAN,
    PHYSIOTHERAPIST,
)
from reference_server.ports import OrganizationRecord, PractitionerRecord

PROFESSIONALS: Final = 5000
_SEED: Final = "equalis-directory-1"
_FIRST_EHEALTH_ID: Final = 9_200_000_000
_FIRST_CNS: Final = 95_000_000
_FIRST_ORGANIZATION: Final = 96_000_000
_FAMILIES: Final = (
    "Becker", "Schmit", "Muller", "Weber", "Hoffmann", "Wagner", "Klein", "Schneider", "Kremer",
    "Faber", "Reuter", "Meyer", "Braun", "Thill", "Krier", "Jung", "Kieffer", "Steffen",
    "Schroeder", "Hansen", "Theisen", "Weis", "Ries", "Biver", "Diederich", "Feller", "Lopes",
    "Ferreira", "Santos", "Pereira", "Rodrigues", "Martins", "Fernandes", "Gonçalves", "Dupont",
    "Lambert", "Lefèvre", "Moreau", "Bernard", "Rossi", "Bianchi", "Marino", "Conti", "Kaya",
    "Novak", "Horvat", "Petrović", "Jensen", "Nilsson", "Schmitz", "Hilger", "Lentz", "Majerus",
    "Wirtz", "Pauly", "Scholtes", "Goergen", "Arendt", "Bauer", "Mersch",
)  # fmt: skip
_GIVEN: Final = (
    "Claire", "Anne", "Marie", "Sophie", "Julie", "Laura", "Nora", "Léa", "Emma", "Zoé",
    "Chantal", "Martine", "Nathalie", "Carole", "Inês", "Ana", "Sofia", "Giulia", "Elena",
    "Katarina", "Jean", "Marc", "Luc", "Paul", "Tom", "Ben", "Max", "Noah", "Gilles", "Serge",
    "Fernand", "Romain", "Yves", "Pierre", "Michel", "Miguel", "João", "Rui", "Marco", "Luca",
    "Andreas", "Stefan", "Ivan", "Pol", "Jos", "Guy", "Alain",
)  # fmt: skip
_TOWNS: Final = (
    ("Luxembourg", "L-1111"),
    ("Esch-sur-Alzette", "L-4011"),
    ("Differdange", "L-4501"),
    ("Dudelange", "L-3401"),
    ("Ettelbruck", "L-9011"),
    ("Diekirch", "L-9201"),
    ("Wiltz", "L-9501"),
    ("Echternach", "L-6401"),
    ("Grevenmacher", "L-6701"),
    ("Remich", "L-5501"),
    ("Mersch", "L-7501"),
    ("Clervaux", "L-9701"),
)
_SPECIALITIES: Final = (
    "general-medicine", "general-medicine", "general-medicine", "paediatrics", "cardiology",
    "dermatology", "gynaecology", "neurology", "ophthalmology", "orthopaedics", "psychiatry",
    "radiology", "urology",
)  # fmt: skip
# Profession, share in a hundred, where they work, and what of the place's name comes first.
_PROFESSIONS: Final = (
    (PHYSICIAN, 46, "prescriber", "Cabinet médical"),
    (DENTIST, 10, "prescriber", "Cabinet dentaire"),
    (MIDWIFE, 4, "prescriber", "Cabinet de sages-femmes"),
    (PHARMACIST, 9, "pharmacy", "Pharmacie"),
    (NURSE, 14, "prescriber", "Soins infirmiers"),
    (PHYSIOTHERAPIST, 9, "prescriber", "Kinésithérapie"),
    (BIOLOGIST, 3, "laboratory", "Laboratoire"),
    (LABORATORY_TECHNICIAN, 5, "laboratory", "Laboratoire"),
)
_PLACES_A_HUNDRED: Final = 25


@lru_cache(maxsize=4)
def synthetic_directory(
    count: int = PROFESSIONALS,
) -> tuple[tuple[OrganizationRecord, ...], tuple[PractitionerRecord, ...]]:
    """Return organisations and `count` professionals; the same for everybody, made once."""
    draw = random.Random(_SEED)  # noqa: S311 - repeatable on purpose, and it guards nothing
    organizations = tuple(_organizations(draw, count))
    places: dict[str, list[OrganizationRecord]] = {}
    for organization in organizations:
        places.setdefault(organization.name.rpartition(" ")[0].rpartition(" ")[0], []).append(
            organization
        )
    people = tuple(
        _person(draw, number, profession, places[first])
        for number, (profession, first) in enumerate(_spread(count))
    )
    return organizations, people


def _organizations(draw: random.Random, count: int) -> Iterator[OrganizationRecord]:
    number = _FIRST_ORGANIZATION
    for _, share, role, first in _PROFESSIONS:
        for _ in range(max(1, count * share * _PLACES_A_HUNDRED // 10_000)):
            number += 1
            town, postal_code = draw.choice(_TOWNS)
            name = f"{first} {draw.choice(_FAMILIES)} {number - _FIRST_ORGANIZATION}"
            yield OrganizationRecord(
                cns_code=str(number), name=name, role=role, town=town, postal_code=postal_code
            )


def _spread(count: int) -> Iterator[tuple[str, str]]:
    """Give the profession of each professional, and what their place's name begins with."""
    row = [(code, first) for code, share, _, first in _PROFESSIONS for _ in range(share)]
    for number in range(count):
        yield row[number * 37 % len(row)]


def _person(
    draw: random.Random, number: int, profession: str, places: list[OrganizationRecord]
) -> PractitionerRecord:
    is_physician = profession == PHYSICIAN
    return PractitionerRecord(
        ehealth_id=str(_FIRST_EHEALTH_ID + number),
        cns_code=str(_FIRST_CNS + number),
        family=draw.choice(_FAMILIES),
        given=draw.choice(_GIVEN),
        profession=profession,
        speciality=draw.choice(_SPECIALITIES) if is_physician else "none",
        organization=draw.choice(places).cns_code,
    )
