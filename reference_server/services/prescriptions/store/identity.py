"""Follows the index of identities: whose a prescription is when two patients were one."""

from reference_server.kernel.store import Transaction
from reference_server.ports.identity import IdentityChange
from reference_server.world import World


class Follower:
    """The IdentityFollower port of this service.

    Only the number under which a prescription is found moves. What was submitted stays as it was
    signed, and so does the birth date that is printed on the paper.
    """

    def __init__(self, _world: World) -> None:
        pass

    def merged(self, tx: Transaction, change: IdentityChange) -> None:
        if change.matricule is None:
            return
        for matricule in change.matricules:
            if matricule == change.matricule:
                continue
            tx.execute(
                "INSERT INTO prescription_moved (change, task_id, matricule)"
                " SELECT ?, task_id, matricule FROM prescription WHERE matricule = ?",
                (change.number, matricule),
            )
            tx.execute(
                "UPDATE prescription SET matricule = ? WHERE matricule = ?",
                (change.matricule, matricule),
            )

    def unmerged(self, tx: Transaction, change: IdentityChange) -> None:
        moved = tx.execute(
            "SELECT task_id, matricule FROM prescription_moved WHERE change = ?", (change.number,)
        ).fetchall()
        for row in moved:
            tx.execute(
                "UPDATE prescription SET matricule = ? WHERE task_id = ?",
                (row["matricule"], row["task_id"]),
            )
        tx.execute("DELETE FROM prescription_moved WHERE change = ?", (change.number,))
