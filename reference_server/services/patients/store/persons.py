"""Persons and whose a number is, in the store; what is believed comes from the rules."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Final

import msgspec

from reference_server.kernel.gathered import Gathered, beneath
from reference_server.kernel.rows import insert_many
from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.index import IdentityState, Person, Standing
from reference_server.services.patients.model.traits import Identifier, Traits

_COLUMNS: Final = "mpi, standing, state, replaced_by, traits, contested, revision, touched_at"
_RENEWED: Final = (
    "(mpi) DO UPDATE SET standing = excluded.standing, state = excluded.state,"
    " replaced_by = excluded.replaced_by, traits = excluded.traits,"
    " contested = excluded.contested, revision = excluded.revision,"
    " touched_at = excluded.touched_at"
)
_traits: Final = msgspec.json.Decoder(Traits)
_identifiers: Final = msgspec.json.Decoder(tuple[Identifier, ...])


def person_of(row: Any) -> Person:  # noqa: ANN401 - a row of the store
    """Return the person that a row holds."""
    return Person(
        mpi=row["mpi"],
        standing=Standing(row["standing"]),
        state=IdentityState(row["state"]),
        replaced_by=row["replaced_by"],
        traits=_traits.decode(row["traits"]),
        contested=_identifiers.decode(row["contested"]),
        revision=row["revision"],
        touched_at=row["touched_at"],
    )


def get_person(tx: Transaction, mpi: str) -> Person | None:
    """Return a person by MPI identifier, whatever their standing."""
    row = tx.execute("SELECT * FROM patient_person WHERE mpi = ?", (mpi,)).fetchone()
    return None if row is None else person_of(row)


def is_taken(tx: Transaction, mpi: str) -> bool:
    """Tell whether an MPI identifier is somebody's, or ever was."""
    if isinstance(tx, Gathered) and mpi in tx.waiting(PersonsWaiting).persons:
        return True
    found = beneath(tx).execute("SELECT 1 FROM patient_person WHERE mpi = ?", (mpi,))
    return found.fetchone() is not None


def put_person(tx: Transaction, person: Person) -> None:
    """Keep what is believed of a person."""
    if isinstance(tx, Gathered):
        tx.waiting(PersonsWaiting).persons[person.mpi] = person
    else:
        _write(tx, (person,))


class PersonsWaiting:
    """What is believed now of persons, by MPI identifier."""

    tables: ClassVar = frozenset({"patient_person"})

    def __init__(self) -> None:
        self.persons: dict[str, Person] = {}

    def write(self, tx: Transaction, /) -> None:
        waiting, self.persons = self.persons, {}
        _write(tx, waiting.values())


def _write(tx: Transaction, persons: Iterable[Person]) -> None:
    rows = [
        (
            person.mpi,
            person.standing,
            person.state,
            person.replaced_by,
            msgspec.json.encode(person.traits),
            msgspec.json.encode(person.contested),
            person.revision,
            person.touched_at,
        )
        for person in persons
    ]
    insert_many(tx, "patient_person", _COLUMNS, rows, conflict=_RENEWED)


def owner_of(tx: Transaction, identifier: Identifier) -> str | None:
    """Return the MPI identifier of the person whose a number is; None where nobody's."""
    row = tx.execute(
        "SELECT person FROM patient_identifier WHERE system = ? AND value = ?",
        (identifier.system, identifier.value),
    ).fetchone()
    return None if row is None else str(row["person"])


def owned_by(tx: Transaction, mpi: str, identifiers: Iterable[Identifier]) -> set[Identifier]:
    """Return those of the numbers that are a person's."""
    return {each for each, owner in owners_of(tx, identifiers).items() if owner == mpi}


def owners_of(tx: Transaction, identifiers: Iterable[Identifier]) -> dict[Identifier, str]:
    """Return whose numbers these are; nobody's are missing."""
    asked = tuple(dict.fromkeys(identifiers))
    if not asked:
        return {}
    each_one = " OR ".join("(system = ? AND value = ?)" for _ in asked)
    rows = tx.execute(
        f"SELECT system, value, person FROM patient_identifier WHERE {each_one}",  # noqa: S608 - question marks only
        tuple(part for each in asked for part in (each.system, each.value)),
    )
    return {Identifier(system=row[0], value=row[1]): str(row[2]) for row in rows}


def take_free(tx: Transaction, mpi: str, identifiers: Collection[Identifier]) -> bool:
    """Give those of the numbers that are nobody's to a person; tell whether all were."""
    marks = ", ".join(["(?, ?, ?)"] * len(identifiers))
    given = tx.execute(
        f"INSERT INTO patient_identifier (system, value, person) VALUES {marks}"  # noqa: S608 - question marks only
        " ON CONFLICT (system, value) DO NOTHING",
        [part for each in identifiers for part in (each.system, each.value, mpi)],
    )
    return given.rowcount == len(identifiers)


def settle_owners(tx: Transaction, identifiers: Iterable[Identifier]) -> frozenset[str]:
    """Give each number to the person of the record that claims it best; return who is affected.

    The domain's own record comes first, then the more trusted one, then the older one.
    """
    affected: set[str] = set()
    for each in sorted(set(identifiers)):
        row = tx.execute(
            "SELECT r.person FROM patient_claim c JOIN patient_record r ON r.number = c.record"
            " WHERE c.system = ? AND c.value = ?"
            " ORDER BY c.is_own DESC, c.trust DESC, c.record LIMIT 1",
            (each.system, each.value),
        ).fetchone()
        before, after = owner_of(tx, each), None if row is None else str(row["person"])
        if before == after:
            continue
        if after is None:
            tx.execute(
                "DELETE FROM patient_identifier WHERE system = ? AND value = ?",
                (each.system, each.value),
            )
        else:
            tx.execute(
                "INSERT INTO patient_identifier (system, value, person) VALUES (?, ?, ?)"
                " ON CONFLICT (system, value) DO UPDATE SET person = excluded.person",
                (each.system, each.value, after),
            )
        affected |= {one for one in (before, after) if one is not None}
        affected.update(_claimants(tx, each))
    return frozenset(affected)


def _claimants(tx: Transaction, identifier: Identifier) -> Iterable[str]:
    rows = tx.execute(
        "SELECT DISTINCT r.person FROM patient_claim c JOIN patient_record r"
        " ON r.number = c.record WHERE c.system = ? AND c.value = ?",
        (identifier.system, identifier.value),
    )
    return [str(row["person"]) for row in rows]


def replaced_by(tx: Transaction, mpi: str) -> tuple[str, ...]:
    """Return the persons whose place this one took, directly."""
    rows = tx.execute("SELECT mpi FROM patient_person WHERE replaced_by = ? ORDER BY mpi", (mpi,))
    return tuple(str(row["mpi"]) for row in rows)
