"""What the certificate authority tells about itself as tables; decides nothing."""

from reference_server.kernel.service import Table
from reference_server.services.certificates.model.families import PURPOSES
from reference_server.services.certificates.model.life import (
    APPLICATION_TRANSITIONS,
    CERTIFICATE_TRANSITIONS,
)


def describe() -> tuple[Table, ...]:
    """Return the families and both tables of states."""
    families = tuple(
        (str(family), ", ".join(sorted(each.usages)), ", ".join(each.purposes), each.policy)
        for family, each in PURPOSES.items()
    )
    applications = tuple(
        (str(state), str(act), str(then)) for (state, act), then in APPLICATION_TRANSITIONS.items()
    )
    certificates = tuple(
        (str(state), str(act), str(then)) for (state, act), then in CERTIFICATE_TRANSITIONS.items()
    )
    states = ("state", "act", "then")
    return (
        Table(
            name="families",
            columns=("family", "key usage", "extended key usage", "policy"),
            rows=families,
        ),
        Table(name="applications", columns=states, rows=applications),
        Table(name="certificates", columns=states, rows=certificates),
    )
