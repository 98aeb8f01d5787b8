"""Which case a message belongs to: credential, then token, then path, then patient; pure.

Each rung narrows the open cases to those it speaks for; a rung that speaks for none of them
says nothing. What is still several at the end stays unattributed: shown, never guessed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """What tells messages of one open case from those of another.

    `credentials` are client ids and client certificates used in this case only or too;
    `patients` the matricules of its patients.
    """

    case: str
    session: str
    base_url: str
    credentials: frozenset[str] = frozenset()
    patients: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What a message says about where it belongs."""

    credentials: frozenset[str] = frozenset()
    token_issuers: frozenset[str] = frozenset()
    path: str = ""
    matricules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The case, or None with the candidates; `rung` names what decided."""

    case: str | None
    rung: str
    candidates: tuple[str, ...] = ()


Speaks = Callable[[Clues, OpenCase], bool]


def _credential(clues: Clues, case: OpenCase) -> bool:
    return bool(clues.credentials & case.credentials)


def _token(clues: Clues, case: OpenCase) -> bool:
    return any(issuer.startswith(f"{case.base_url}/") for issuer in clues.token_issuers)


def _path(clues: Clues, case: OpenCase) -> bool:
    return clues.path.strip("/").partition("/")[0] == case.session


def _patient(clues: Clues, case: OpenCase) -> bool:
    return bool(clues.matricules & case.patients)


LADDER: Final[tuple[tuple[str, Speaks], ...]] = (
    ("credential", _credential),
    ("token", _token),
    ("path", _path),
    ("patient", _patient),
)


def attribute(clues: Clues, cases: Iterable[OpenCase]) -> Attribution:
    """Return the one case the clues speak for."""
    left, spoke = tuple(cases), False
    for rung, speaks in LADDER:
        narrowed = tuple(case for case in left if speaks(clues, case))
        if narrowed:
            left, spoke = narrowed, True
        if spoke and len(left) == 1:
            return Attribution(case=left[0].case, rung=rung)
    candidates = tuple(case.case for case in left) if spoke else ()
    return Attribution(case=None, rung="none", candidates=candidates)
