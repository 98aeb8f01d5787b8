"""Finding resources of the directory by what ITI-90 asks for, as SQL; knows no FHIR."""

from collections.abc import Iterator

import msgspec

from reference_server.kernel.store import SqlValue, Transaction
from reference_server.services.providers.fhir.index import folded, values_of
from reference_server.services.providers.model import (
    PARAMETERS,
    Condition,
    DirectoryQuery,
    Inclusion,
    Kind,
    Version,
)
from reference_server.services.providers.store.resources import versions

_COMPARISONS = frozenset({"<", "<=", ">", ">="})
_AFTER_ALL = "\U0010ffff"
_COLUMNS = "v.type, v.id, v.version, v.at, v.method, v.content"
_JOINED = "provider_current c JOIN provider_version v ON v.number = c.number"
_CURRENT = f"SELECT {_COLUMNS} FROM {_JOINED}"  # noqa: S608 - our own names
_MOST_INCLUDED = 1000


def search(tx: Transaction, asked: DirectoryQuery) -> tuple[int, tuple[Version, ...]]:
    """Return how many resources fit, and one page of them in the order of their ids."""
    where, values = _where(asked)
    total = tx.execute(
        "SELECT count(*) AS n FROM provider_current c"  # noqa: S608 - of our own conditions
        f" JOIN provider_version v ON v.number = c.number WHERE {where}",
        values,
    ).fetchone()["n"]
    rows = tx.execute(
        f"{_CURRENT} WHERE {where} ORDER BY c.id LIMIT ? OFFSET ?",
        (*values, asked.count, asked.offset),
    ).fetchall()
    return int(total), tuple(versions(rows))


def included(
    tx: Transaction, inclusions: tuple[Inclusion, ...], found: tuple[Version, ...]
) -> tuple[Version, ...]:
    """Return what comes along with the matches, each once."""
    seen = {(each.type, each.id): each for each in found}
    more: dict[tuple[str, str], Version] = {}
    for inclusion in inclusions:
        for each in _along(tx, inclusion, found):
            if (each.type, each.id) not in seen and len(more) < _MOST_INCLUDED:
                more[each.type, each.id] = each
    return tuple(more.values())


def _along(tx: Transaction, inclusion: Inclusion, found: tuple[Version, ...]) -> Iterator[Version]:
    if not found:
        return
    if inclusion.is_reverse:
        references = [f"{each.type}/{each.id}" for each in found]
        sql = (
            f"{_CURRENT} WHERE c.type = ? AND c.id IN (SELECT id FROM provider_index"  # noqa: S608 - marks only
            f" WHERE type = ? AND name = ? AND value IN ({_marks(references)}))"
            f" ORDER BY c.id LIMIT {_MOST_INCLUDED}"
        )
        values = (inclusion.source, inclusion.source, inclusion.name, *references)
    else:
        target = f"{PARAMETERS[inclusion.source][inclusion.name].target}/"
        ids = list(dict.fromkeys(_outwards(inclusion, found, target)))[:_MOST_INCLUDED]
        if not ids:
            return
        sql = f"{_CURRENT} WHERE c.type = ? AND c.id IN ({_marks(ids)}) ORDER BY c.id"
        values = (target[:-1], *ids)
    yield from versions(tx.execute(sql, values).fetchall())


def _outwards(inclusion: Inclusion, found: tuple[Version, ...], target: str) -> Iterator[str]:
    """Give the ids that the matches refer to by a parameter."""
    for each in found:
        if each.type == inclusion.source:
            for name, value in values_of(msgspec.json.decode(each.content)):
                if name == inclusion.name and value.startswith(target):
                    yield value.removeprefix(target)


def _where(asked: DirectoryQuery) -> tuple[str, list[SqlValue]]:
    conditions, values = ["c.type = ?"], list[SqlValue]([asked.type])
    if asked.ids == ():
        conditions.append("1 = 0")
    elif asked.ids is not None:
        conditions.append(f"c.id IN ({_marks(asked.ids)})")
        values.extend(asked.ids)
    for comparison, at in asked.changed:
        if comparison not in _COMPARISONS:
            raise ValueError(comparison)
        conditions.append(f"v.at {comparison} ?")
        values.append(at)
    for condition in asked.conditions:
        sql, more = _ids(asked.type, condition)
        conditions.append(f"c.id IN ({sql})")
        values.extend(more)
    return " AND ".join(conditions), values


def _ids(kind: str, condition: Condition) -> tuple[str, list[SqlValue]]:
    """Return a query of the ids of one type that fulfil a condition."""
    parameter = PARAMETERS[kind][condition.name]
    if condition.chain is not None:
        target = str(parameter.target)
        inner, values = _ids(target, condition.chain)
        sql = (
            "SELECT id FROM provider_index WHERE type = ? AND name = ? AND value IN"  # noqa: S608 - our own names
            f" (SELECT ? || '/' || x.id FROM ({inner}) x)"
        )
        return sql, [kind, condition.name, target, *values]
    if condition.modifier in {"above", "below"}:
        return _hierarchy(kind, condition)
    if parameter.kind is Kind.STRING:
        return _strings(kind, condition)
    sql = (
        "SELECT id FROM provider_index"  # noqa: S608 - marks only
        f" WHERE type = ? AND name = ? AND value IN ({_marks(condition.values)})"
    )
    return sql, [kind, condition.name, *condition.values]


def _strings(kind: str, condition: Condition) -> tuple[str, list[SqlValue]]:
    start = "SELECT id FROM provider_index WHERE type = ? AND name = ? AND"
    if condition.modifier == "exact":
        exact: list[SqlValue] = [kind, f"{condition.name}:exact", *condition.values]
        return f"{start} value IN ({_marks(condition.values)})", exact
    several, values = [], list[SqlValue]([kind, condition.name])
    for value in map(folded, condition.values):
        if condition.modifier == "contains":
            several.append("value LIKE ? ESCAPE '\\'")
            values.append(f"%{_escaped(value)}%")
        else:
            several.append("(value >= ? AND value < ?)")
            values.extend((value, value + _AFTER_ALL))
    return f"{start} ({' OR '.join(several)})", values


def _hierarchy(kind: str, condition: Condition) -> tuple[str, list[SqlValue]]:
    """Follow a reference up or down, from the resource named itself."""
    roots = [value.rpartition("/")[2] for value in condition.values]
    starts = f"SELECT id FROM provider_current WHERE type = ? AND id IN ({_marks(roots)})"  # noqa: S608 - marks only
    if condition.modifier == "below":
        step = (
            "SELECT i.id FROM provider_index i JOIN tree ON i.type = ? AND i.name = ?"
            " AND i.value = ? || '/' || tree.id"
        )
        values: list[SqlValue] = [kind, *roots, kind, condition.name, kind]
    else:
        step = (
            f"SELECT substr(i.value, {len(kind) + 2}) FROM provider_index i"  # noqa: S608 - a number
            " JOIN tree ON i.type = ? AND i.name = ? AND i.id = tree.id"
        )
        values = [kind, *roots, kind, condition.name]
    sql = f"WITH RECURSIVE tree(id) AS ({starts} UNION {step}) SELECT id FROM tree"  # noqa: S608 - of the above
    return sql, values


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _marks(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join("?" * len(values))
