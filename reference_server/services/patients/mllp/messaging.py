"""What the index offers to whoever listens for HL7 v2 messages."""

from reference_server.kernel.mllp import Respondent
from reference_server.services.patients.mllp.face import Face
from reference_server.text import Catalogue
from reference_server.world import World


class Messaging:
    """The port `MESSAGES` of one World."""

    def __init__(self, world: World) -> None:
        self._world = world

    def respondent(self, catalogue: Catalogue) -> Respondent:
        """Return who answers; makes the World ready for it."""
        return Face(self._world, catalogue)
