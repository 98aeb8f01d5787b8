"""Thinks up requests from an OpenAPI document, in a process of its own; sends nothing.

Started as `python -m test_suites.fuzzing.generation SEED EXAMPLES MOST OPERATION…`: reads the
document on standard input and writes one request a line. Being a process makes it repeatable
(sets of words have one order for a fixed hash seed), and lets whoever started it end it.
"""

import json
import re
import sys
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final, TypeAlias

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from requests.exceptions import RequestException
from schemathesis import Case
from schemathesis.core.result import Err
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)
from schemathesis.generation.meta import TestPhase
from schemathesis.schemas import APIOperation, BaseSchema

from test_suites.fuzzing.budget import Generated

ORIGIN: Final = "http://service.invalid"
FIRST: Final = 12
"""So many requests of an operation come before the next operation's."""
_LEFT_OUT: Final = frozenset(
    {"accept-encoding", "authorization", "connection", "content-length", "cookie", "host",
     "transfer-encoding", "user-agent", "x-request-id", "x-schemathesis-testcaseid"}
)  # fmt: skip
AnyCase: TypeAlias = Case[Any]
AnyOperation: TypeAlias = APIOperation[Any, Any, Any, Any]
_WORD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[!-~]([ -~]*[!-~])?")
_TARGET: Final = re.compile(r"/[!-~]*")


def generate(
    document: dict[str, Any], *, seed: int, examples: int, most: int, wanted: frozenset[str]
) -> Iterator[Generated]:
    """Yield the requests of each operation in the document's order, each once.

    First some of every operation, then the rest in turns: whoever stops early has seen them all.
    """
    left: list[list[Generated]] = []
    for made in _made(document, seed=seed, examples=examples, most=most, wanted=wanted):
        early = dict.fromkeys(_spread(made, FIRST))
        yield from early
        left.append([request for request in made if request not in early])
    for together in zip_longest(*left):
        yield from (request for request in together if request is not None)


def _made(
    document: dict[str, Any], *, seed: int, examples: int, most: int, wanted: frozenset[str]
) -> Iterator[list[Generated]]:
    """Give the requests of each operation, each once."""
    schema = schemathesis.openapi.from_dict({**document, "servers": [{"url": ORIGIN}]})
    for found in schema.get_all_operations():
        if isinstance(found, Err):
            continue
        operation = found.ok()
        told = operation.definition.raw
        if wanted and told.get("operationId") not in wanted:
            continue
        needs_token = bool(told.get("security", document.get("security")))
        corners: dict[Generated, None] = {}
        drawn: dict[Generated, None] = {}
        for case in _cases(schema, operation, seed=seed, examples=examples):
            request = _request(case, operation.label, needs_token=needs_token)
            if request is not None:
                (drawn if _is_drawn(case) else corners)[request] = None
        yield list(dict.fromkeys((*_spread(list(corners), most), *drawn)))


def _cases(
    schema: BaseSchema, operation: AnyOperation, *, seed: int, examples: int
) -> tuple[AnyCase, ...]:
    """Return the examples, the corners of the schema, and as many random cases as asked for."""
    found: list[AnyCase] = []
    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    config = HypothesisTestConfig(
        project=schema.config, modes=list(HypothesisTestMode), settings=settings, seed=seed
    )

    def keep(case: AnyCase) -> None:
        found.append(case)

    create_test(operation=operation, test_func=keep, config=config)()
    return tuple(found)


def _is_drawn(case: AnyCase) -> bool:
    """Tell whether a case is a random one, and not one of those its schema always gives."""
    return case.meta is None or case.meta.phase.name is TestPhase.FUZZING


def _request(case: AnyCase, label: str, *, needs_token: bool) -> Generated | None:
    """Return a case as it would be sent; None where HTTP has no way to say it."""
    try:
        sent = requests.Request(**case.as_transport_kwargs(base_url=ORIGIN)).prepare()
    except (RequestException, UnicodeError, ValueError):
        return None
    body = sent.body.encode("utf-8", "surrogatepass") if isinstance(sent.body, str) else sent.body
    headers = tuple(
        (_text(name), _text(value))
        for name, value in sent.headers.items()
        if _text(name).lower() not in _LEFT_OUT
    )
    target, method = str(sent.url).removeprefix(ORIGIN), str(sent.method)
    sayable = all(_WORD.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers)
    if not (sayable and _TARGET.fullmatch(target) and _WORD.fullmatch(method)):
        return None
    return Generated(
        operation=label,
        needs_token=needs_token,
        method=method,
        target=target,
        headers=headers,
        body=body if isinstance(body, bytes) else b"",
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _spread(requests_: list[Generated], most: int) -> list[Generated]:
    """Return at most so many of a list, evenly over its length."""
    if len(requests_) <= most:
        return requests_
    return [requests_[index * len(requests_) // most] for index in range(most)]


def main(words: list[str]) -> int:
    """Write what is generated from the document on standard input."""
    seed, examples, most, *wanted = words
    generated = generate(
        json.load(sys.stdin),
        seed=int(seed),
        examples=int(examples),
        most=int(most),
        wanted=frozenset(wanted),
    )
    for request in generated:
        sys.stdout.write(request.to_line() + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
