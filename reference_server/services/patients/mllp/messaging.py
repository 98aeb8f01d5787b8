"""What the index offers to whoever listens for HL7 v2 messages."""

from reference_server.kernel.mllp import Respondent
from reference_server.services.patients.mllp.face import Face
from reference_server.services.patients.mllp.notify import keep_telling
from reference_server.services.patients.store.subscribers import subscribe
from reference_server.text import Catalogue
from reference_server.world import World


class Messaging:
    """The port `MESSAGES` of one World."""

    def __init__(self, world: World) -> None:
        self._world = world

    def respondent(self, catalogue: Catalogue) -> Respondent:
        """Return who answers; makes the World ready for it."""
        return Face(self._world, catalogue)

    def subscribe(self, organisation: str, told: str) -> None:
        """Tell an organisation of what happens to its patients from now on."""
        with self._world.store.write() as tx:
            subscribe(tx, organisation, told)

    async def keep_telling(self) -> None:
        """Tell whoever subscribed, until cancelled."""
        await keep_telling(self._world)
