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
    seen = {person.mpi: person.traits.matricule for person in persons}
    for mpi, matricule in seen.items():
        about = deed.entities if matricule is None else deed.found.setdefault(matricule, [])
        about.append(f"Patient/{mpi}")
