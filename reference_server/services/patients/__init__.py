"""The national patient directory, seeded with synthetic people; knows no other service."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import PATIENTS
from reference_server.services.patients.store import Directory
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="patients",
    title="Patient directory",
    provides=(provide(PATIENTS, Directory),),
)
