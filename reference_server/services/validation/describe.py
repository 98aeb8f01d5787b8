"""What the validation service tells about itself: its rules and where R4 says them."""

from reference_server.fhir.validation.table import R4, RULES
from reference_server.kernel.service import Capability, Table

CAPABILITY = Capability()


def describe() -> tuple[Table, ...]:
    """Return every rule of the validator with the page of R4 that it comes from."""
    return (
        Table(
            name="validator-rules",
            columns=("rule", "source"),
            rows=tuple((rule, f"{R4}{page}") for rule, page in RULES.items()),
        ),
    )
