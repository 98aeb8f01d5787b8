"""Reads the folder of suppliers' signed answers and of the keys that are admitted."""

import datetime as dt
import json
from pathlib import Path
from typing import Final

from reports.cesar.supplied import AnswerSet, SupplierError, verified

KEYS: Final = "trusted.json"


class UntrustedError(ValueError):
    """A file of the folder cannot be admitted: `reason` is a message id."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(str(file), reason)
        self.file = file
        self.reason = reason


def read_suppliers(folder: Path, *, today: dt.date) -> tuple[AnswerSet, ...]:
    """Return every set of a folder, in the order of the files' names; raises UntrustedError."""
    keys = folder / KEYS
    try:
        trusted = json.loads(keys.read_text(encoding="utf-8"))
        if not isinstance(trusted, dict):
            raise UntrustedError(keys, "cesar.supplier.keys")
    except (OSError, ValueError):
        raise UntrustedError(keys, "cesar.supplier.keys") from None
    found = []
    for file in sorted(folder.glob("*.jws")):
        try:
            found.append(verified(file.read_text(encoding="ascii"), trusted, today=today))
        except SupplierError as wrong:
            raise UntrustedError(file, wrong.reason) from None
        except (OSError, UnicodeDecodeError):
            raise UntrustedError(file, "cesar.supplier.unreadable") from None
    return tuple(found)
