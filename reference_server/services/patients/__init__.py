"""The national patient directory and index of identities: one patient, one identity."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import AUDIT, PATIENTS, TOKENS
from reference_server.ports.identity import FOLLOWERS
from reference_server.ports.messages import MESSAGES
from reference_server.ports.sign_in import SIGN_IN
from reference_server.services.patients.describe import CAPABILITY, describe
from reference_server.services.patients.mllp.messaging import Messaging
from reference_server.services.patients.pages.routes import PAGES
from reference_server.services.patients.router import (
    BY_MATRICULE,
    ROUTER,
    SUBSCRIPTIONS,
)
from reference_server.services.patients.rules.access import PERMITS
from reference_server.services.patients.store.directory import Directory
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="patients",
    title="Patient directory",
    router=ROUTER,
    elsewhere=(PAGES, BY_MATRICULE, SUBSCRIPTIONS),
    capability=CAPABILITY,
    provides=(provide(PATIENTS, Directory), provide(MESSAGES, Messaging)),
    needs=(AUDIT, SIGN_IN, TOKENS, *FOLLOWERS),
    describes=describe,
    permits=PERMITS,
)
