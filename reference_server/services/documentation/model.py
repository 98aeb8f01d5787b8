"""The nouns of the documentation: releases of packages, artefacts, changes; knows no FHIR."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """Where a release comes from."""

    DELIVERED = "delivered"
    BROUGHT = "brought"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A package at one version. `id` stands in addresses; `slot` is whose place it takes.

    `at` is when it was brought (ISO 8601), empty where it came with this server.
    """

    id: str
    slot: str
    name: str
    version: str
    title: str
    origin: Origin
    at: str = ""

    @property
    def label(self) -> str:
        """How it is named among packages."""
        return f"{self.name}#{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A conformance resource in one release."""

    resource: Mapping[str, Any]
    release: Release

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        return str(self.resource["id"])

    @property
    def url(self) -> str:
        """Its canonical; a naming system has none."""
        return str(self.resource.get("url", ""))

    @property
    def version(self) -> str:
        """The version that it names, else its release's."""
        return str(self.resource.get("version") or self.release.version)

    @property
    def place(self) -> str:
        """Where its page is, below `/documentation`."""
        return f"/documentation/{self.type}/{self.id}"


class Standing(StrEnum):
    """What became of an artefact between two releases."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An artefact that two releases do not have alike: how many changes, how many stricter."""

    type: str
    id: str
    title: str
    standing: Standing
    changes: int = 0
    stricter: int = 0
    looser: int = 0
