"""What one call of `$validate` asks: a resource, profiles, and what it is to be used for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """What the resource would be used for (FHIR's resource-validation-mode)."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question: `source` are the bytes of `resource` where those were the whole body."""

    resource: Mapping[str, Any] | None
    source: bytes
    profiles: tuple[str, ...]
    mode: Mode | None
