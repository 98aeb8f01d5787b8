"""SMART App Launch scopes, versions 1 and 2: which is a part of which; pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass

_SCOPE = re.compile(
    r"(?P<level>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]{1,63})"
    r"\.(?P<rights>\*|read|write|c?r?u?d?s?)(?:\?(?P<query>[\x21\x23-\x5b\x5d-\x7e]{1,512}))?"
)
_VERSION_1 = {"*": "cruds", "read": "rs", "write": "cud"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartScope:
    """`user/Task.rs?status=ready`: at which level, on which type, which of create to search."""

    level: str
    type: str
    rights: frozenset[str]
    query: str | None


def read_smart(scope: str) -> SmartScope | None:
    """Return a scope of SMART App Launch 2.2 §7 as its parts, None when it is none."""
    matched = _SCOPE.fullmatch(scope)
    if matched is None or not matched["rights"]:
        return None
    rights = _VERSION_1.get(matched["rights"], matched["rights"])
    return SmartScope(
        level=matched["level"],
        type=matched["type"],
        rights=frozenset(rights),
        query=matched["query"],
    )


def is_part_of(asked: SmartScope, registered: SmartScope) -> bool:
    """Tell whether who has the second may have the first; a query only ever narrows."""
    return (
        asked.level == registered.level
        and registered.type in {"*", asked.type}
        and asked.rights <= registered.rights
        and registered.query in {None, asked.query}
    )


def is_part_of_any(scope: str, registered: Collection[str]) -> bool:
    """Tell whether a scope is a SMART scope within one of the registered ones."""
    asked = read_smart(scope)
    if asked is None:
        return False
    known = filter(None, map(read_smart, registered))
    return any(is_part_of(asked, each) for each in known)
