"""Renders a recorded request as a curl line to run again; secrets stay placeholders."""

import re

from test_suites.core.message import Exchange

LONGEST_BODY = 2000
"""Bodies longer than this are named by a file instead of being written out."""

_SECRET = re.compile(r"redacted\.([a-z_-]+)\.[0-9a-f]{16}")
_LEFT_OUT = frozenset({"host", "content-length", "connection", "accept-encoding"})
_ORIGIN = re.compile(r"^[a-z]+://[^/]+")


def curl_line(exchange: Exchange) -> str:
    """Return one POSIX shell line; `$ACCESS_TOKEN` and the like stand for secrets.

    `$TRUST_PEM` is the file with the authority of the environment that was spoken to.
    """
    request = exchange.request
    origin = _ORIGIN.match(exchange.base_url)
    url = (origin.group(0) if origin else "") + request.target
    parts = ["curl", "-sS", '--cacert "$TRUST_PEM"', f"-X {request.method}", _quoted(url)]
    parts += [
        f"-H {_quoted(f'{name}: {value}')}"
        for name, value in request.headers
        if name.lower() not in _LEFT_OUT
    ]
    if request.body:
        parts.append(f"--data-binary {_body(exchange)}")
    return " ".join(parts)


def _body(exchange: Exchange) -> str:
    body = exchange.request.body
    if len(body) <= LONGEST_BODY:
        try:
            return _quoted(body.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    return f"@record-{exchange.record}-request-body"


def _quoted(text: str) -> str:
    """Quote for the shell, leaving a variable where a secret was taken out."""
    quoted = "'" + text.replace("'", "'\\''") + "'"
    named = _SECRET.sub(lambda m: f"'\"${_variable(m.group(1))}\"'", quoted)
    return named.removesuffix("''") if named != "''" else named


def _variable(kind: str) -> str:
    return kind.upper().replace("-", "_")
