"""An Attachment: whether its stated size and hash are those of the content that it brings.

Source: http://hl7.org/fhir/R4/datatypes.html#Attachment (size before base64 encoding; hash: SHA-1,
written in base64).
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from reference_server.fhir.validation.extra import Extra


def look(value: Mapping[str, Any]) -> Iterator[Extra]:
    """Yield a size or hash that is another than the content's."""
    data, size, told = (value.get(each) for each in ("data", "size", "hash"))
    if not isinstance(data, str) or not (isinstance(size, int) or isinstance(told, str)):
        return
    content = _decoded(data)
    if content is None:
        return
    if isinstance(size, int) and len(content) != size:
        yield Extra(rule="attachment-size")
    stated = _decoded(told) if isinstance(told, str) else None
    if stated is not None and stated != hashlib.sha1(content, usedforsecurity=False).digest():
        yield Extra(rule="attachment-hash")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
