"""Code systems, value sets and maps: what a code means, and whether it is one."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import ANALYSES, AUDIT
from reference_server.services.terminology.describe import CAPABILITY, describe
from reference_server.services.terminology.router import ROUTER
from reference_server.services.terminology.store import ListInForce
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="terminology",
    title="Terminology",
    router=ROUTER,
    capability=CAPABILITY,
    provides=(provide(ANALYSES, ListInForce),),
    needs=(AUDIT,),
    describes=describe,
)
