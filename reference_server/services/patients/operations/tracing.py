"""Who was looked at: each patient finds it among the traces about them."""

from collections.abc import Iterable

from reference_server.kernel.call import Deed
from reference_server.services.patients.model.index import Person


def looked_at(deed: Deed, persons: Iterable[Person]) -> None:
    """Tell the audit events of a deed whose identities it shows.

    Consultations of identities are traced (RGD of 6 December 2019 on the national identification),
    and whom they are about reads them: an event for each matricule (IHE BALP, PatientRead and
    PatientQuery). Persons without one stand together in an event of the deed itself.
    """
    for matricule, about in by_owner(persons).items():
        if matricule is None:
            deed.entities.extend(about)
        else:
            deed.found.setdefault(matricule, []).extend(about)


def by_owner(persons: Iterable[Person]) -> dict[str | None, list[str]]:
    """Return references to persons, by the matricule of whom they are about; None: of nobody's."""
    seen = {person.mpi: person.traits.matricule for person in persons}
    found: dict[str | None, list[str]] = {}
    for mpi, matricule in seen.items():
        found.setdefault(matricule, []).append(f"Patient/{mpi}")
    return found
