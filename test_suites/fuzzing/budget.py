"""How much is generated and sent, and how a generated request looks on its way; pure."""

import base64
import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one activity may cost.

    `examples` are drawn for each operation besides the fixed ones of its schema, of which at
    most `most` are taken. `seconds` ends the sending; `body` and `target` are the longest sent, in
    bytes. `operations` are the ids of those to try; all of them where there is none.
    """

    examples: int = 15
    most: int = 150
    seconds: float = 40.0
    body: int = 64 * 1024
    target: int = 4096
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """One request as it was thought up: relative to the service, and without credentials."""

    operation: str
    needs_token: bool
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def to_line(self) -> str:
        """Return the request as one line."""
        body = base64.b64encode(self.body).decode("ascii")
        return json.dumps({**asdict(self), "body": body})

    @classmethod
    def of_line(cls, line: str | bytes) -> Self:
        """Read the request of a line; raises ValueError."""
        members = json.loads(line)
        headers = tuple((str(name), str(value)) for name, value in members["headers"])
        body = base64.b64decode(members["body"])
        return cls(**{**members, "headers": headers, "body": body})
