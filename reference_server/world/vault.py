"""What a World keeps secret even from who reads its database; knows no key by name.

Each secret is sealed with AES-256-GCM under the World's own key, which lies in a file outside of
the database (`<database>.key`, its owner's alone) or, for a World in memory, nowhere.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reference_server.world.authority import write_secret

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class VaultError(Exception):
    """A secret was sealed with another key, or was altered; or the key file is not one."""


class Vault:
    """Seals and opens secrets; `about` says which one, so that none stands in for another.

    A key file is made when the first secret is sealed, so that a World without secrets has none.
    """

    def __init__(self, key: bytes | None, *, file: Path | None) -> None:
        self._key = key
        self._file = file

    @classmethod
    def in_memory(cls) -> Self:
        """Return a vault whose key is gone with it."""
        return cls(secrets.token_bytes(KEY_BYTES), file=None)

    @classmethod
    def in_file(cls, path: Path) -> Self:
        """Return the vault of a key file."""
        return cls(None, file=path)

    def seal(self, secret: bytes, *, about: str) -> str:
        """Return a secret as text that only this vault opens; raises VaultError."""
        if self._key is None and self._file is not None and not self._file.exists():
            _make(self._file)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, secret, about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, about: str) -> bytes:
        """Return what was sealed; raises VaultError."""
        raw = base64.b64decode(sealed)
        try:
            return self._cipher().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except InvalidTag as error:
            raise VaultError(f"{about} was sealed with another key, or altered") from error

    def _cipher(self) -> AESGCM:
        if self._key is None:
            self._key = _read(self._file)
        return AESGCM(self._key)


def _read(file: Path | None) -> bytes:
    if file is None:
        raise VaultError("no file was named for the World's key")
    try:
        key = base64.b64decode(file.read_bytes().strip(), validate=True)
    except FileNotFoundError as error:
        raise VaultError(f"the World's key is not there: {file}") from error
    except binascii.Error as error:
        raise VaultError(f"{file} holds no key") from error
    if len(key) != KEY_BYTES:
        raise VaultError(f"{file} holds no key")
    return key


def _make(path: Path) -> None:
    """Make a key file, unless another process was faster: then its key counts."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    write_secret(draft, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
