"""A fuzzer that sees which code it reaches: `python -m tests.reference_server.fhir.fuzz SECONDS`.

Needs atheris, which is among the tools where there is a wheel of it. Raises what was not declared;
the input that led there is written to the working directory.
"""

import importlib
import json
import random
import sys
from collections.abc import Callable
from typing import Any


def target(hostile: Any) -> Callable[[bytes], None]:  # noqa: ANN401  a module, imported watched
    """Return what tries one input."""

    def one(data: bytes) -> None:
        """Its first byte says with whom, the next four how a resource is changed."""
        kind = data[0] % 4 if data else 0
        chance = random.Random(data[1:5])  # noqa: S311  no secret
        if kind == 0:
            hostile.read(data[1:])
        elif kind == 1:
            hostile.look(data[1:])
        elif kind == 2:
            expression = data[5:].decode("utf-8", "replace")
            hostile.ask(expression, chance.choice(hostile.SEEDS))
        else:
            changed = hostile.mutated(chance.choice(hostile.seeds()), chance)
            raw = json.dumps(changed).encode()
            hostile.look(hostile.torn(raw, chance) if data[5:] else raw)

    return one


def main(seconds: str) -> None:
    """Fuzz for so many seconds."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["reference_server.fhir"]):
        hostile = importlib.import_module("tests.reference_server.fhir.hostile")
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-timeout=10"], target(hostile))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1])
