"""Reads what a browser's form sends, within limits; knows no form of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.requests import Request

from reference_server.kernel.intake import read_body, read_headers
from reference_server.kernel.web.errors import FormTooLarge, FormUnreadable
from reference_server.kernel.web.visit import Visit

URL_ENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
BODY_LIMIT: Final = 1024 * 1024
_ARRIVE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """How much a form may hold: numbers of fields and files, bytes of each."""

    fields: int = 500
    field_bytes: int = 64 * 1024
    files: int = 10
    file_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a form; `name` is the last part of what the browser calls it, never a path."""

    field: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a form sent: pairs in order, and files."""

    pairs: tuple[tuple[str, str], ...] = ()
    uploads: tuple[Upload, ...] = ()

    def value(self, name: str, default: str = "") -> str:
        """Return a field without blanks around it; of several the first."""
        return next((value.strip() for key, value in self.pairs if key == name), default)

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value of a field."""
        return tuple(value for key, value in self.pairs if key == name)

    def upload(self, name: str) -> Upload | None:
        """Return a file; None where nobody chose one."""
        named = (each for each in self.uploads if each.field == name)
        return next((each for each in named if each.name or each.content), None)


async def bounded_body(request: Request, *, limit: int = BODY_LIMIT) -> bytes:
    """Return a Starlette request's body; raises BodyTooLarge, RequestTimeout, ClientGoneError."""
    headers = read_headers(request.scope)
    return await read_body(request.receive, headers, limit=limit, seconds=_ARRIVE_SECONDS)


def read_form(visit: Visit, *, limits: FormLimits = FormLimits()) -> Form:
    """Return the form of a request; raises FormUnreadable, FormTooLarge."""
    declared = visit.headers.get("content-type", "")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type == URL_ENCODED:
        return _url_encoded(visit.body, limits)
    if media_type == MULTIPART:
        return _multipart(visit.body, declared, limits)
    raise FormUnreadable


def _url_encoded(body: bytes, limits: FormLimits) -> Form:
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=limits.fields
        )
    except UnicodeError:
        raise FormUnreadable from None
    except ValueError:
        raise FormTooLarge(limit=f"{limits.fields}") from None
    for _, value in pairs:
        if len(value.encode()) > limits.field_bytes:
            raise FormTooLarge(limit=f"{limits.field_bytes} B")
    return Form(pairs=tuple(pairs))


@dataclass(slots=True)
class _Parts:
    """Collects what the parser finds, and stops it where there is too much."""

    limits: FormLimits
    pairs: list[tuple[str, str]] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)

    def take_field(self, found: Field) -> None:
        name, value = found.field_name or b"", found.value or b""
        if len(self.pairs) >= self.limits.fields:
            raise FormTooLarge(limit=f"{self.limits.fields}")
        if len(value) > self.limits.field_bytes:
            raise FormTooLarge(limit=f"{self.limits.field_bytes} B")
        self.pairs.append((name.decode(), value.decode()))

    def take_file(self, found: File) -> None:
        if len(self.uploads) >= self.limits.files:
            raise FormTooLarge(limit=f"{self.limits.files}")
        if found.size > self.limits.file_bytes:
            raise FormTooLarge(limit=f"{self.limits.file_bytes} B")
        found.file_object.seek(0)
        content = found.file_object.read()
        found.close()
        called = (found.file_name or b"").decode().replace("\\", "/").rpartition("/")[2]
        self.uploads.append(
            Upload(
                field=(found.field_name or b"").decode(),
                name="".join(sign for sign in called if sign.isprintable()),
                media_type=_media_type(found.content_type or ""),
                content=content,
            )
        )


def _media_type(told: str | bytes) -> str:
    plain = told.decode() if isinstance(told, bytes) else told
    return plain.partition(";")[0].strip().lower()


def _multipart(body: bytes, declared: str, limits: FormLimits) -> Form:
    _, options = parse_options_header(declared)
    boundary = options.get(b"boundary")
    if not boundary:
        raise FormUnreadable
    parts = _Parts(limits)
    ended: list[bool] = []
    # The whole body is in memory already and was bounded when it arrived: no file on disk.
    config: Mapping[str, Any] = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}
    try:
        parser = FormParser(
            MULTIPART,
            parts.take_field,
            parts.take_file,
            on_end=lambda: ended.append(True),
            boundary=boundary,
            config=dict(config),
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeError):
        raise FormUnreadable from None
    if not ended:
        raise FormUnreadable
    return Form(pairs=tuple(parts.pairs), uploads=tuple(parts.uploads))
