"""Writing FHIR JSON from parts, keeping the parts' own bytes; knows no resource."""

from collections.abc import Mapping

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def as_written(raw: bytes) -> msgspec.Raw:
    """Return a JSON text to be put into an answer byte for byte."""
    return msgspec.Raw(raw)


def write_json(resource: Mapping[str, object]) -> bytes:
    """Return a resource as UTF-8 JSON; Decimals keep their digits, `as_written` its bytes."""
    return _ENCODER.encode(resource)
