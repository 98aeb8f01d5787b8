"""Who may stand in the directory of synthetic people; pure, knows no table."""

from datetime import date

from reference_server.national.matricule import (
    MatriculeMode,
    is_possibly_real,
    matricule_faults,
)
from reference_server.services.patients.errors import MatriculePossiblyReal, MatriculeWrong
from reference_server.world import Settings


def check_matricule(matricule: str, *, today: date, settings: Settings) -> None:
    """ERX-SRV-030, ERX-SRV-035: a matricule is valid, and surely nobody's.

    Both check digits count whatever the World's mode is; in strict mode the birth date, too.
    """
    mode = MatriculeMode.TEST
    if settings.matricule_mode is MatriculeMode.STRICT:
        mode = MatriculeMode.STRICT
    if matricule_faults(matricule, today=today, mode=mode):
        raise MatriculeWrong
    block = settings.synthetic_block
    if settings.refuse_possibly_real and is_possibly_real(matricule, today=today, block=block):
        raise MatriculePossiblyReal
