"""Measures HL7 v2 on the patient index: a feed that is durable, and queries, over TCP.

Everything is in one process: server, client and store. The client sends ahead; what waits is done
in one transaction and acknowledged after its commit. The people are the synthetic country's.
"""

from collections.abc import Iterator

from test_suites.proof.bench.figures import Figure
from test_suites.proof.bench.stores import measured

_SCRIPT = r"""
def measured():
    import asyncio
    import uvloop
    from reference_server.app.serving import bind
    from reference_server.app.wiring import full_catalogue
    from reference_server.hl7v2.frames import Deframer, framed
    from reference_server.kernel.mllp import MllpServer
    from reference_server.population.country.people import inhabitants
    from reference_server.ports.messages import MESSAGES
    from reference_server.services.patients.mllp.pid import write_pid
    from reference_server.services.patients.model.index import IdentityState
    from reference_server.services.patients.model.traits import Identifier, local_domain
    catalogue = full_catalogue(tuple(each.name for each in registry.services))
    who, ahead, most = "90100112", 128, 200_000
    domain = local_domain(who)
    oid = domain.removeprefix("urn:oid:")
    head = f"MSH|^~\\&|BENCH|{who}|MPI|LU|20260101120000||"
    def feed():
        state = IdentityState.PROVISIONAL
        for number, each in enumerate(inhabitants(most, seed=2026)):
            own = Identifier(system=domain, value=f"B{number}")
            pid = write_pid(each.traits, (own, *each.traits.identifiers), state=state)
            msh = f"{head}ADT^A28^ADT_A05|F{number}|T|2.5||||||UNICODE UTF-8"
            yield f"{msh}\rEVN||20260101\r{pid}\rPV1|1|N\r".encode()
    def ask(event, name, qpd, known):
        for number in range(most):
            msh = f"{head}QBP^{event}^QBP_Q21|{event}{number}|T|2.5||||||UNICODE UTF-8"
            asked = qpd.replace("NUMBER", f"B{number % known}")
            yield f"{msh}\rQPD|{name}|t{number}|{asked}\rRCP|I\r".encode()
    async def converse(port, messages):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        frames, waiting, done = Deframer(limit=1 << 20), 0, 0
        began, ends = time.perf_counter(), time.perf_counter() + seconds
        over = False
        while not over or waiting:
            while not over and waiting < ahead:
                message = next(messages, None)
                over = message is None or time.perf_counter() > ends
                if message is not None:
                    writer.write(framed(message))
                    waiting += 1
            for answer in frames.feed(await reader.read(1 << 16)):
                assert b"MSA|AA|" in answer, answer
                waiting, done = waiting - 1, done + 1
        writer.close()
        return done, done / (time.perf_counter() - began)
    async def all_of_it():
        server = MllpServer(respondent=world.port(MESSAGES).respondent(catalogue))
        with bind("127.0.0.1", 0) as bound:
            async with server.running(bound) as port:
                known, fed = await converse(port, feed())
                pix = f"NUMBER^^^&{oid}&ISO"
                _, numbers = await converse(port, ask("Q23", "IHE PIX Query", pix, known))
                pdq = f"@PID.3.1^NUMBER~@PID.3.4.2^{oid}~@PID.3.4.3^ISO"
                _, persons = await converse(port, ask("Q22", "IHE PDQ Query", pdq, known))
                return fed, numbers, persons
    fed, numbers, persons = uvloop.run(all_of_it())
    return {
        "A28, durable": ["1/s", fed],
        "Q23": ["1/s", numbers],
        "Q22 by number": ["1/s", persons],
    }
"""


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures, of `pairs` runs of `seconds` for each kind of message."""
    yield from measured(_SCRIPT, seconds=seconds, runs=pairs)
