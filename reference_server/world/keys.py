"""A World's signing keys, kept in its store so that processes and restarts share them.

Private keys are sealed by the World's vault: who reads the database, or a copy of it, signs
nothing. Those of before are read as they are, and sealed when the keys next take turns.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from joserfc.jwk import ECKey, RSAKey

from reference_server.kernel.store import Row, Store, Transaction
from reference_server.world.vault import Vault

SigningKey: TypeAlias = ECKey | RSAKey

ES256, RS256 = "ES256", "RS256"
_RSA_BITS = 2048
_PLAIN = "-----BEGIN"
# How long a process may not know that the keys have changed; a new key rests for longer.
_LOOK_AGAIN_SECONDS = 30
PUBLISHED_AHEAD_SECONDS = 600
"""A new key is told this long before it signs: longer than anybody may keep the key set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A key, its algorithm, and its time in seconds since 1970; `leaves_at` None: in use."""

    key: SigningKey
    alg: str
    active_at: int
    leaves_at: int | None


class Keys:
    """Signing keys by `kid`. Per algorithm the newest active one signs; all verify."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._known: dict[str, _Known] = {}
        self._looked_at = 0

    def signing(self, *, now: datetime, within: Transaction | None = None) -> ECKey:
        """Return the ES256 key that signs; see `signing_by`."""
        key = self.signing_by(ES256, now=now, within=within)
        if not isinstance(key, ECKey):
            raise TypeError("a key of ES256 is one of an elliptic curve")
        return key

    def signing_by(
        self, alg: str, *, now: datetime, within: Transaction | None = None
    ) -> SigningKey:
        """Return the key that signs by an algorithm; the first call in a new World makes it.

        In a transaction of its own, or `within` one that is open.
        """
        seconds = int(now.timestamp())
        if seconds >= self._looked_at + _LOOK_AGAIN_SECONDS:
            self._look(seconds)
        found = self._newest(alg, seconds)
        return found or self._make(alg, now, within)

    def verifying(self, kid: str) -> SigningKey | None:
        """Return a key by its id, also one that signs no more; None when it is not ours."""
        if kid not in self._known:
            self._look(self._looked_at)
        known = self._known.get(kid)
        return None if known is None else known.key

    def public(self, *, now: datetime) -> tuple[dict[str, str | list[str]], ...]:
        """Return the public JWKs of the keys that sign, are about to, or whose tokens may live."""
        self.signing(now=now)
        seconds = int(now.timestamp())
        self._look(seconds)
        told = (one for one in self._known.values() if (one.leaves_at or seconds + 1) > seconds)
        return tuple(one.key.as_dict(private=False) for one in told)

    def rotate(
        self, *, now: datetime, live: int, ahead: int = PUBLISHED_AHEAD_SECONDS
    ) -> tuple[str, ...]:
        """Make a new key of every algorithm in use; return their ids.

        They sign after `ahead` seconds; the old ones are told for `live` seconds more, as long as
        the longest token that they signed.
        """
        turn = int(now.timestamp()) + ahead
        with self._store.write() as tx:
            self._load(tx)
            algorithms = sorted({one.alg for one in self._known.values()})
            tx.execute("UPDATE world_key SET leaves_at = ? WHERE leaves_at IS NULL", (turn + live,))
            self._seal_old(tx)
            made = [self._insert(tx, alg, now, active_at=turn) for alg in algorithms]
            self._load(tx)
        return tuple(str(key.kid) for key in made)

    def _newest(self, alg: str, now: int) -> SigningKey | None:
        active = [one for one in self._known.values() if one.alg == alg and one.active_at <= now]
        return active[-1].key if active else None

    def _look(self, now: int) -> None:
        with self._store.read() as tx:
            self._load(tx)
        self._looked_at = now

    def _load(self, tx: Transaction) -> None:
        rows = tx.execute(
            "SELECT kid, pem, alg, active_at, leaves_at FROM world_key"
            " ORDER BY active_at, made_at, kid"
        )
        self._known = {row["kid"]: self._read(row) for row in rows.fetchall()}

    def _read(self, row: Row) -> _Known:
        known = self._known.get(row["kid"])
        return _Known(
            key=self._key(row) if known is None else known.key,
            alg=row["alg"],
            active_at=row["active_at"],
            leaves_at=row["leaves_at"],
        )

    def _make(self, alg: str, now: datetime, within: Transaction | None) -> SigningKey:
        """Make the first key of an algorithm, unless another process was faster."""
        with nullcontext(within) if within is not None else self._store.write() as tx:
            self._load(tx)
            found = self._newest(alg, int(now.timestamp()))
            if found is not None:
                return found
            made = self._insert(tx, alg, now, active_at=0)
            self._load(tx)
        return made

    def _insert(self, tx: Transaction, alg: str, now: datetime, *, active_at: int) -> SigningKey:
        made: SigningKey = (
            RSAKey.generate_key(_RSA_BITS, auto_kid=True)
            if alg == RS256
            else ECKey.generate_key("P-256", auto_kid=True)
        )
        kept = self._sealed(str(made.kid), made.as_pem(private=True).decode())
        tx.execute(
            "INSERT INTO world_key (kid, pem, made_at, alg, active_at) VALUES (?, ?, ?, ?, ?)",
            (made.kid, kept, now.isoformat(), alg, active_at),
        )
        return made

    def _seal_old(self, tx: Transaction) -> None:
        for row in tx.execute("SELECT kid, pem FROM world_key").fetchall():
            if row["pem"].startswith(_PLAIN):
                kept = self._sealed(row["kid"], row["pem"])
                tx.execute("UPDATE world_key SET pem = ? WHERE kid = ?", (kept, row["kid"]))

    def _sealed(self, kid: str, pem: str) -> str:
        return self._vault.seal(pem.encode(), about=_about(kid))

    def _key(self, row: Row) -> SigningKey:
        pem, kind = row["pem"], RSAKey if row["alg"] == RS256 else ECKey
        if not pem.startswith(_PLAIN):
            pem = self._vault.open(pem, about=_about(row["kid"])).decode()
        key: SigningKey = kind.import_key(pem, {"kid": row["kid"], "use": "sig", "alg": row["alg"]})
        return key


def _about(kid: str) -> str:
    return f"signing key {kid}"
