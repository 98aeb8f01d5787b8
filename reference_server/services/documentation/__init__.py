"""The national FHIR specification as pages and API: structures, codes, examples, history."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import ANALYSES, DESCRIPTIONS, SPECIFICATION
from reference_server.services.documentation.describe import CAPABILITY
from reference_server.services.documentation.router import API, PAGES
from reference_server.services.documentation.store import InForce
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="documentation",
    title="Specification",
    router=PAGES,
    elsewhere=(API,),
    capability=CAPABILITY,
    provides=(provide(SPECIFICATION, InForce),),
    needs=(ANALYSES, DESCRIPTIONS),
)
