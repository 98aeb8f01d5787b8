"""Changing the directory: the register puts resources in, and takes them out."""

from collections.abc import Callable, Mapping
from typing import Any

from reference_server.services.providers.errors import EntryGone, EntryMalformed, EntryNotFound
from reference_server.services.providers.rules.entries import check_entry
from reference_server.services.providers.store import resources
from reference_server.services.providers.store.directory import fill, now_of
from reference_server.world import Call, authorise, record


def put(
    call: Call, kind: str, own: str, read_sent: Callable[[], Mapping[str, Any]]
) -> tuple[bytes, bool]:
    """Keep a resource under its id; raises EntryMalformed. Return it, and whether it is new."""
    # AUTHORISE
    authorise(call)
    sent = read_sent()
    # CHECK
    if sent.get("id") != own:
        raise EntryMalformed(expression=f"{kind}.id", name="id")
    check_entry(sent)
    with call.world.store.write() as tx:
        # LOAD
        fill(call.world, tx)
        before = resources.read(tx, kind, own)
        # APPLY
        resources.publish(tx, (sent,), at=now_of(call.world))
        kept = resources.read(tx, kind, own)
        # RECORD
        call.deed.entities.append(f"{kind}/{own}")
        record(call, tx)
    is_new = before is None or before.method == "DELETE"
    return (b"" if kept is None else kept.content), is_new


def remove(call: Call, kind: str, own: str) -> None:
    """Take a resource out; raises EntryNotFound, EntryGone."""
    # AUTHORISE
    authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        fill(call.world, tx)
        before = resources.read(tx, kind, own)
        # CHECK
        if before is None:
            raise EntryNotFound(name=kind)
        # APPLY
        if not resources.remove(tx, kind, own, at=now_of(call.world)):
            raise EntryGone(name=kind)
        # RECORD
        call.deed.entities.append(f"{kind}/{own}")
        record(call, tx)
