"""The few numbers that belong to a World itself, shared by all its processes; judges nothing."""

from contextlib import nullcontext

from reference_server.kernel.store import Store, Transaction


class State:
    """Named integers in the World's store; one that was never set is 0."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> int:
        with self._store.read() as tx:
            row = tx.execute("SELECT value FROM world_state WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row["value"])

    def add(self, name: str, amount: int, *, within: Transaction | None = None) -> None:
        """Add to a number, in a transaction of its own or `within` one that is open."""
        with nullcontext(within) if within is not None else self._store.write() as tx:
            tx.execute(
                "INSERT INTO world_state (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = world_state.value + excluded.value",
                (name, amount),
            )

    def raise_to(self, name: str, value: int, *, within: Transaction | None = None) -> None:
        """Set a number that only ever grows, in a transaction of its own or `within` one."""
        with nullcontext(within) if within is not None else self._store.write() as tx:
            tx.execute(
                "INSERT INTO world_state (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                " WHERE excluded.value > world_state.value",
                (name, value),
            )
