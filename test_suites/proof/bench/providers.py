"""Measures the provider directory of 5,000 professionals: filled once, then searched."""

from collections.abc import Iterator

from test_suites.proof.bench.figures import Figure
from test_suites.proof.bench.stores import measured

_SCRIPT = """
def measured():
    from reference_server.services.providers.fhir.bundle import Page, searchset
    from reference_server.services.providers.fhir.query import read_query
    from reference_server.services.providers.store.directory import fill
    from reference_server.services.providers.store.search import included, search
    began = time.perf_counter()
    with world.store.write() as tx:
        fill(world, tx)
    figures = {"directory filled": ["s", time.perf_counter() - began]}
    def asking(kind, *queries):
        asked = [read_query(kind, tuple(each), fhir_base=world.fhir_base) for each in queries]
        def ask(number):
            one = asked[number % len(asked)]
            with world.store.read() as tx:
                total, found = search(tx, one)
                along = included(tx, one.inclusions, found)
            assert found
            page = Page(found=found, along=along, total=total, self_url="x", next_url=None)
            searchset(page, fhir_base=world.fhir_base)
        return ask
    ids = [[("identifier", str(9200000000 + 7 * n))] for n in range(700)]
    figures["by eHealthID"] = ["1/s", rate(asking("Practitioner", *ids))]
    names = [[("family", "web"), ("given", "an"), ("_count", "20")]]
    figures["by two names, 20 shown"] = ["1/s", rate(asking("Practitioner", *names))]
    roles = [[
        ("practitioner.family", "weber"), ("role", "PS-001"), ("_count", "20"),
        ("_include", "PractitionerRole:practitioner"),
    ]]
    chained = rate(asking("PractitionerRole", *roles))
    figures["roles by name, chained, with people"] = ["1/s", chained]
    return figures
"""


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures, of `pairs` runs of `seconds` each."""
    yield from measured(_SCRIPT, seconds=seconds, runs=pairs)
