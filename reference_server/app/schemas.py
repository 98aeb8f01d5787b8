"""The JSON Schemas of the OpenAPI document, by the names of operations; answers nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from reference_server.kernel.terms import FHIR_MEDIA_TYPE

_FILE: Final = "schemas.yaml"
_REF: Final = "#/components/schemas/"
_STRING: Final[Mapping[str, object]] = {"type": "string", "maxLength": 1000}
_TEXT: Final[Mapping[str, object]] = {"type": "string"}
_OBJECT: Final[Mapping[str, object]] = {"type": "object"}
_REFUSALS: Final = {FHIR_MEDIA_TYPE: "OperationOutcome"}
_REFUSAL: Final = "OAuthError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schemas:
    """Owns every schema by name, and which operation reads and writes which."""

    operations: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, Mapping[str, Any]]
    schemas: Mapping[str, Mapping[str, Any]]

    def read(self, operation: str, media_type: str) -> dict[str, Any]:
        """Return the schema of what an operation is sent."""
        return self._named(self.operations.get(operation, {}).get("reads"), media_type)

    def written(self, operation: str, media_type: str) -> dict[str, Any]:
        """Return the schema of what an operation answers."""
        return self._named(self.operations.get(operation, {}).get("writes"), media_type)

    def refusal(self, media_type: str) -> dict[str, Any]:
        """Return the schema of a refusal."""
        return self._named(_REFUSALS.get(media_type, _REFUSAL), media_type)

    def parameter(self, name: str) -> dict[str, Any]:
        """Return the schema of a parameter in a path or a query."""
        return dict(self.parameters.get(name, _STRING))

    def _named(self, name: str | None, media_type: str) -> dict[str, Any]:
        if media_type.startswith("text/"):
            return dict(_TEXT)
        return dict(_OBJECT) if name is None else {"$ref": f"{_REF}{name}"}


@cache
def schemas() -> Schemas:
    """Read the file of schemas, once."""
    text = (resources.files("reference_server.app") / _FILE).read_text(encoding="utf-8")
    # The same safe loader in C where there is one: a tenth of the time when a server starts.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Schemas(**yaml.load(text, Loader=loader))  # noqa: S506  both are safe loaders
