"""The audit trail: who did what, append-only and chained; knows no other service."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import AUDIT, PROVIDERS, TOKENS
from reference_server.ports.sign_in import VISITORS
from reference_server.services.audit.describe import CAPABILITY, describe
from reference_server.services.audit.pages import PAGES
from reference_server.services.audit.router import ROUTER
from reference_server.services.audit.rules.access import PERMITS
from reference_server.services.audit.store.trail import Trail
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="audit",
    title="Audit trail",
    router=ROUTER,
    elsewhere=(PAGES,),
    capability=CAPABILITY,
    provides=(provide(AUDIT, Trail),),
    needs=(TOKENS, PROVIDERS, VISITORS),
    describes=describe,
    permits=PERMITS,
)
