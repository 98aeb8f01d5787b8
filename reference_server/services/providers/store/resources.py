"""The directory's resources in the World's store: their versions, and what finds them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from reference_server.kernel.store import SqlValue, Transaction
from reference_server.services.providers.fhir.index import values_of
from reference_server.services.providers.model import Version

_ROWS = 200
_VERSION = "SELECT type, id, version, at, method, content FROM provider_version"


def publish(tx: Transaction, resources: Iterable[Mapping[str, Any]], *, at: str) -> int:
    """Keep new versions of resources; those that did not change stay. Return how many changed."""
    changed = [each for each in resources if _is_changed(tx, each)]
    if changed:
        _keep(tx, changed, at=at)
    return len(changed)


def publish_new(tx: Transaction, resources: Iterable[Mapping[str, Any]], *, at: str) -> None:
    """Keep resources of which none is known yet, many at a time."""
    number = last_number(tx)
    versions: list[tuple[SqlValue, ...]] = []
    current: list[tuple[SqlValue, ...]] = []
    found: list[tuple[str, str, str, str]] = []
    for resource in resources:
        number += 1
        kind, own = str(resource["resourceType"]), str(resource["id"])
        versions.append((number, kind, own, 1, at, "POST", _content(resource, 1, at)))
        current.append((kind, own, number))
        found.extend((kind, name, value, own) for name, value in values_of(resource))
    _insert(tx, "provider_version (number, type, id, version, at, method, content)", versions)
    _insert(tx, "provider_current (type, id, number)", current)
    found.sort()  # in the order of its key it is written twice as fast
    _insert(tx, "provider_index (type, name, value, id)", found)


def remove(tx: Transaction, kind: str, own: str, *, at: str) -> bool:
    """Take a resource out; its versions stay. Return whether there was one."""
    before = _current(tx, kind, own)
    if before is None:
        return False
    number = last_number(tx) + 1
    row = (number, kind, own, before.version + 1, at, "DELETE", b"")
    _insert(tx, "provider_version (number, type, id, version, at, method, content)", [row])
    _forget(tx, before)
    return True


def read(tx: Transaction, kind: str, own: str) -> Version | None:
    """Return the last version of a resource, which may be its deletion; None where none was."""
    row = tx.execute(
        f"{_VERSION} WHERE type = ? AND id = ? ORDER BY number DESC LIMIT 1", (kind, own)
    ).fetchone()
    return None if row is None else _version(row)


def history(
    tx: Transaction, kind: str, *, since: str | None, own: str | None, count: int, offset: int
) -> tuple[int, tuple[Version, ...]]:
    """Return how many versions there are, and one page of them, the latest first.

    `since` is a time (UTC, ISO 8601 with microseconds): only what changed at or after it.
    """
    where, values = "type = ?", [kind]
    for condition, value in (("at >= ?", since), ("id = ?", own)):
        if value is not None:
            where += f" AND {condition}"
            values.append(value)
    total = tx.execute(
        f"SELECT count(*) AS n FROM provider_version WHERE {where}",  # noqa: S608 - of our own conditions
        values,
    ).fetchone()["n"]
    rows = tx.execute(
        f"{_VERSION} WHERE {where} ORDER BY number DESC LIMIT ? OFFSET ?",
        (*values, count, offset),
    ).fetchall()
    return int(total), tuple(map(_version, rows))


def last_number(tx: Transaction) -> int:
    """Return the number of the last change; 0 where there was none."""
    row = tx.execute("SELECT max(number) AS number FROM provider_version").fetchone()
    return int(row["number"] or 0)


def _is_changed(tx: Transaction, resource: Mapping[str, Any]) -> bool:
    before = _current(tx, str(resource["resourceType"]), str(resource["id"]))
    if before is None:
        return True
    known = msgspec.json.decode(before.content)
    return _without_meta(known) != _without_meta(resource)


def _without_meta(resource: Mapping[str, Any]) -> dict[str, Any]:
    meta = {
        name: value
        for name, value in resource.get("meta", {}).items()
        if name not in {"versionId", "lastUpdated"}
    }
    return {**resource, "meta": meta}


def _keep(tx: Transaction, resources: Sequence[Mapping[str, Any]], *, at: str) -> None:
    number = last_number(tx)
    for resource in resources:
        number += 1
        kind, own = str(resource["resourceType"]), str(resource["id"])
        last = read(tx, kind, own)
        version = 1 if last is None else last.version + 1
        is_new = last is None or last.method == "DELETE"
        content = _content(resource, version, at)
        row = (number, kind, own, version, at, "POST" if is_new else "PUT", content)
        _insert(tx, "provider_version (number, type, id, version, at, method, content)", [row])
        if last is not None and not is_new:
            _forget(tx, last)
        _insert(tx, "provider_current (type, id, number)", [(kind, own, number)])
        found = [(kind, name, value, own) for name, value in sorted(values_of(resource))]
        _insert(tx, "provider_index (type, name, value, id)", found)


def _forget(tx: Transaction, before: Version) -> None:
    """Let a version be found no longer."""
    own = (before.type, before.id)
    tx.execute("DELETE FROM provider_current WHERE type = ? AND id = ?", own)
    for name, value in values_of(msgspec.json.decode(before.content)):
        tx.execute(
            "DELETE FROM provider_index WHERE type = ? AND name = ? AND value = ? AND id = ?",
            (before.type, name, value, before.id),
        )


def _current(tx: Transaction, kind: str, own: str) -> Version | None:
    row = tx.execute(
        f"{_VERSION} WHERE number ="  # noqa: S608 - our own names
        " (SELECT number FROM provider_current WHERE type = ? AND id = ?)",
        (kind, own),
    ).fetchone()
    return None if row is None else _version(row)


def _content(resource: Mapping[str, Any], version: int, at: str) -> bytes:
    meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": instant(at)}
    return msgspec.json.encode({**resource, "meta": meta})


def instant(at: str) -> str:
    """Return a kept time as FHIR writes it, in milliseconds."""
    return f"{at[:23]}Z"


def _insert(tx: Transaction, into: str, rows: Sequence[Sequence[SqlValue]]) -> None:
    """Insert many rows, some hundred in a statement."""
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        marks = f"({', '.join('?' * len(part[0]))})"
        tx.execute(
            f"INSERT INTO {into} VALUES {', '.join([marks] * len(part))}",  # noqa: S608 - our own names
            [value for row in part for value in row],
        )


def _version(row: Any) -> Version:  # noqa: ANN401 - a row
    return Version(**dict(row))


def versions(rows: Iterable[Any]) -> Iterator[Version]:
    """Give rows of versions as such."""
    yield from map(_version, rows)
