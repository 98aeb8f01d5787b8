"""A World's signing keys, kept in its store so that processes and restarts share them."""

from datetime import datetime

from joserfc.jwk import ECKey

from reference_server.kernel.store import Row, Store, Transaction


class Keys:
    """ES256 keys by `kid`. The newest signs; all verify."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, ECKey] = {}
        self._signing: ECKey | None = None

    def signing(self, *, now: datetime) -> ECKey:
        """Return the key that signs; the first call in a new World makes it."""
        if self._signing is None:
            self._signing = self._find() or self._make(now)
        return self._signing

    def verifying(self, kid: str) -> ECKey | None:
        """Return a key by its id, None when it is not ours."""
        if kid not in self._known:
            self._find()
        return self._known.get(kid)

    def public(self, *, now: datetime) -> tuple[dict[str, str | list[str]], ...]:
        """Return the public JWKs of all keys."""
        self.signing(now=now)
        return tuple(key.as_dict(private=False) for key in self._known.values())

    def _find(self) -> ECKey | None:
        with self._store.read() as tx:
            return self._load(tx)

    def _load(self, tx: Transaction) -> ECKey | None:
        newest = None
        for row in tx.execute("SELECT kid, pem FROM world_key ORDER BY made_at, kid"):
            newest = self._known[row["kid"]] = _key(row)
        return newest

    def _make(self, now: datetime) -> ECKey:
        """Make a key, unless another process was faster."""
        with self._store.write() as tx:
            found = self._load(tx)
            if found is not None:
                return found
            made = ECKey.generate_key("P-256", auto_kid=True)
            tx.execute(
                "INSERT INTO world_key (kid, pem, made_at) VALUES (?, ?, ?)",
                (made.kid, made.as_pem(private=True).decode(), now.isoformat()),
            )
            self._load(tx)
        return made


def _key(row: Row) -> ECKey:
    return ECKey.import_key(row["pem"], {"kid": row["kid"], "use": "sig", "alg": "ES256"})
