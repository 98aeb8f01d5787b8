"""ITI-104 as an organisation's system calls it, with a token of the World's own issuer."""

from reference_server.app.wiring import full_catalogue
from reference_server.kernel.call import Call, Deed
from reference_server.kernel.language import Voice
from reference_server.services.trust.model import Client, Principal
from reference_server.services.trust.operations.issue import access_token
from reference_server.world import World

FEED = frozenset({"mpi.feed", "mpi.read"})


def feeding(world: World, organisation: str) -> Call[World]:
    """Return a call by which an organisation tells of its patients."""
    system = Client(
        client_id=f"system-{organisation}",
        name=organisation,
        scopes=FEED,
        role="laboratory",
        organization=organisation,
        systems_only=True,
    )
    principal = Principal(client=system, account=None)
    issued = access_token(world, principal, scopes=FEED, audience=world.fhir_base)
    return Call(
        world=world,
        method="PUT",
        path="/fhir/Patient",
        path_values={},
        query=(),
        headers={"authorization": f"Bearer {issued.token}"},
        body=b"",
        voice=Voice(catalogue=full_catalogue(()), language="en", request_id="request-1"),
        request_id="request-1",
        deed=Deed(action="feed-patient"),
    )
