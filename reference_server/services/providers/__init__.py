"""The national provider directory, with synthetic professionals; knows no other service."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import AUDIT, PROVIDERS, TOKENS
from reference_server.services.providers.describe import CAPABILITY, describe
from reference_server.services.providers.router import ROUTER
from reference_server.services.providers.rules.access import PERMITS
from reference_server.services.providers.store.directory import Directory
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="providers",
    title="Provider directory",
    router=ROUTER,
    capability=CAPABILITY,
    provides=(provide(PROVIDERS, Directory),),
    needs=(AUDIT, TOKENS),
    describes=describe,
    permits=PERMITS,
)
