"""Biology prescriptions: submitted once, retrieved with the paper, dispensed once."""

from reference_server.kernel.port import provide, provide_shared
from reference_server.kernel.service import Service
from reference_server.ports import ANALYSES, AUDIT, PATIENTS, PROVIDERS, SPECIFICATION, TOKENS
from reference_server.ports.identity import PRESCRIPTIONS_FOLLOW
from reference_server.services.prescriptions.describe import CAPABILITY, describe
from reference_server.services.prescriptions.page.pool import STAMPER, Stamper
from reference_server.services.prescriptions.router import ROUTER
from reference_server.services.prescriptions.rules.access import PERMITS
from reference_server.services.prescriptions.store.identity import Follower
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="prescriptions",
    title="Biology prescriptions",
    router=ROUTER,
    capability=CAPABILITY,
    provides=(provide_shared(STAMPER, Stamper), provide(PRESCRIPTIONS_FOLLOW, Follower)),
    needs=(ANALYSES, AUDIT, TOKENS, PATIENTS, PROVIDERS, SPECIFICATION),
    describes=describe,
    permits=PERMITS,
)
