"""What is answered before there is a request to route; knows no World and no language."""

from uuid import uuid4

_HEAD = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
)


def not_http(reason: str) -> bytes:
    """Return the whole answer to bytes that are no HTTP, with a request id of its own."""
    request_id = str(uuid4())
    body = f"{reason} X-Request-Id: {request_id}".encode()
    return b"".join(
        (
            _HEAD,
            f"x-request-id: {request_id}\r\n".encode(),
            f"content-length: {len(body)}\r\n\r\n".encode(),
            body,
        )
    )
