"""Findings: what a check observed, tied to a requirement and to evidence; holds no sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from test_suites.core.message import JsonValue
from test_suites.core.verdict import Fact, Mode, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where the fact can be seen: a journal record and a pointer into it.

    `pointer` is `request`, `response.body#/issue/0`, `exhibit`, `wire` or `step`.
    """

    record: int
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one check saw at one place. The check knows no requirement and no severity.

    `expected` and `actual` are plain values as text, never sentences; `message_id` and
    `params` name the sentence that `reference_server.text` renders at the edge. `applies` is
    False where what the check looks for does not concern the subject, which it then says why.
    """

    fact: Fact
    message_id: str
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    expected: str = ""
    actual: str = ""
    evidence: Evidence | None = None
    mode: Mode = Mode.AUTOMATIC
    applies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An observation judged against one requirement in one case.

    `id` is stable: it depends on case, step, check, requirement and ordinal, never on the
    sentence. `caused_by` is the id of the finding that kept this one from being observed.
    `request_id` is the X-Request-Id of the exchange that the evidence cites.
    """

    id: str
    case: str
    step: str
    check: str
    requirement: str
    about: str
    fact: Fact
    verdict: Verdict
    message_id: str
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    expected: str = ""
    actual: str = ""
    evidence: Evidence | None = None
    mode: Mode = Mode.AUTOMATIC
    caused_by: str | None = None
    curl: str | None = None
    request_id: str | None = None
    applies: bool = True
