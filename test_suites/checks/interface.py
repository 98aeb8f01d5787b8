"""What an OpenAPI document promises of an operation, and whether an answer keeps it; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from test_suites.core.message import Exchange, Response
from test_suites.match.jsontext import read_json

_NAME: Final = re.compile(r"\\\{[^/{}]+\\\}")
_WHOLE: Final = re.compile(r"-?[0-9]+")
_CERTAIN: Final = frozenset({"type", "required", "const"})
"""What makes data wrong beyond doubt: other rules of a schema may be stricter than a server is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """One operation of the document. `label` is method and path as the document writes them."""

    label: str
    told: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def needs_token(self) -> bool:
        """Whether the document demands some credential for it."""
        demanded = self.told.get("security", self.document.get("security", []))
        return bool(demanded) and {} not in demanded

    def answer(self, status: int) -> Mapping[str, Any] | None:
        """Return what is told of a status: by number, by range, by default; None where nothing."""
        told = self.told.get("responses", {})
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in told:
                return self._at(told[key])
        return None

    def media_types(self, status: int) -> frozenset[str]:
        """Return the media types told of a status; none where its answers have no body."""
        answer = self.answer(status) or {}
        return frozenset(name.partition(";")[0].lower() for name in answer.get("content", {}))

    def body_fault(self, response: Response) -> str | None:
        """Return the first thing that a JSON answer has against its schema, None when nothing."""
        content = (self.answer(response.status) or {}).get("content", {})
        schema = content.get(media_type(response), {}).get("schema")
        if schema is None or not media_type(response).endswith("json"):
            return None
        found = next(self._errors(schema, read_json(response.body)), None)
        return None if found is None else f"{found.json_path}: {found.validator}"

    def accepted_fault(self, exchange: Exchange) -> str | None:
        """Return what makes a request wrong beyond doubt, None where nothing does."""
        return self._query_fault(exchange) or self._sent_fault(exchange)

    def _query_fault(self, exchange: Exchange) -> str | None:
        declared = {
            each["name"]: self._at(each.get("schema", {}))
            for each in map(self._at, self.told.get("parameters", []))
            if each.get("in") == "query"
        }
        query = exchange.request.target.partition("?")[2]
        for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
            schema = declared.get(name, {})
            if schema.get("type") == "integer":
                whole = int(value) if _WHOLE.fullmatch(value) else None
                if whole is None or any(self._errors(schema, whole)):
                    return name
        return None

    def _sent_fault(self, exchange: Exchange) -> str | None:
        sent = (exchange.request.header("content-type") or "").partition(";")[0].strip().lower()
        content = self._at(self.told.get("requestBody", {})).get("content", {})
        schema = content.get(sent, {}).get("schema")
        if schema is None or not sent.endswith("json") or not exchange.request.body:
            return None
        value = read_json(exchange.request.body)
        if value is None:
            return "$"
        errors = (e for e in self._errors(schema, value) if e.validator in _CERTAIN)
        found = next(errors, None)
        return None if found is None else f"{found.json_path}: {found.validator}"

    def _errors(self, schema: Mapping[str, Any], value: object) -> Iterator[ValidationError]:
        whole = {"allOf": [schema], "components": self.document.get("components", {})}
        return Draft202012Validator(whole).iter_errors(value)

    def _at(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow a reference within the document."""
        path = str(told.get("$ref", ""))
        if not path.startswith("#/"):
            return told
        found: Any = self.document
        for part in path.removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {})
        return self._at(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """Owns the document's operations, fixed paths before those with names in them."""

    shapes: tuple[tuple[str, re.Pattern[str], Promised], ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Interface":
        """Read the operations of a document."""
        paths = sorted(document.get("paths", {}).items(), key=lambda pair: "{" in pair[0])
        return cls(
            shapes=tuple(
                (
                    method.upper(),
                    re.compile(_NAME.sub("[^/]*", re.escape(path))),
                    Promised(label=f"{method.upper()} {path}", told=told, document=document),
                )
                for path, item in paths
                for method, told in item.items()
                if isinstance(told, dict)
            )
        )

    def of_exchange(self, exchange: Exchange) -> Promised | None:
        """Return the operation that was asked for, None where the document has none such."""
        below = urlsplit(exchange.base_url).path.rstrip("/")
        path = unquote(exchange.request.target.partition("?")[0]).removeprefix(below)
        for method, shape, promised in self.shapes:
            if method == exchange.request.method and shape.fullmatch(path):
                return promised
        return None


def media_type(response: Response) -> str:
    """Return the media type of an answer, in lower case and without parameters."""
    return (response.header("content-type") or "").partition(";")[0].strip().lower()
