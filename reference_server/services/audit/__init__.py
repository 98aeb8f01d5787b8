"""The audit trail: who did what, append-only and chained; knows no other service."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import AUDIT
from reference_server.services.audit.store import Trail
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="audit",
    title="Audit trail",
    provides=(provide(AUDIT, Trail),),
)
