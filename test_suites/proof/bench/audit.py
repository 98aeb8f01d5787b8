"""Measures the audit trail: events a second, each in a synced transaction, and searches in it."""

from collections.abc import Iterator

from test_suites.proof.bench.figures import Figure
from test_suites.proof.bench.stores import measured

_SCRIPT = """
def measured():
    from reference_server.kernel.interaction import Interaction
    from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
    from reference_server.services.audit.model import AuditQuery, Condition
    from reference_server.services.audit.store.index import search
    trail = world.port(AUDIT)
    def entry(number):
        return AuditEntry(
            action="read-task", outcome=AuditOutcome.SUCCESS, request_id=f"r-{number}",
            patient=f"19840317{number % 500:05}", entities=(f"Task/{number}",),
            interaction=Interaction.READ, categories=("ePrescription",), address="192.0.2.7",
        )
    def write(number):
        with world.store.write() as tx:
            trail.record(tx, entry(number))
    def find(number):
        patient = Condition(name="patient", values=(f"19840317{number % 500:05}",))
        with world.store.read() as tx:
            search(tx, AuditQuery(conditions=(patient,), count=20))
    figures = {"events written": ["1/s", rate(write)]}
    with world.store.write() as tx:
        for number in range(5000):
            trail.record(tx, entry(number))
    figures["searches by patient"] = ["1/s", rate(find)]
    began = time.perf_counter()
    with world.store.read() as tx:
        assert trail.broken_at(tx) is None
        count = tx.execute("SELECT count(*) AS n FROM audit_event").fetchone()["n"]
    figures["events verified"] = ["1/s", count / (time.perf_counter() - began)]
    return figures
"""


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures, of `pairs` runs of `seconds` each."""
    yield from measured(_SCRIPT, seconds=seconds, runs=pairs)
