"""`$validate`: what is wrong with a resource by R4 and the national profiles; keeps nothing."""

from reference_server.kernel.service import Service
from reference_server.ports import SPECIFICATION
from reference_server.services.validation.describe import CAPABILITY, describe
from reference_server.services.validation.router import ROUTER
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="validation",
    title="Validation",
    router=ROUTER,
    capability=CAPABILITY,
    needs=(SPECIFICATION,),
    describes=describe,
)
