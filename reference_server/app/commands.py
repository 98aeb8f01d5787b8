"""The command `serve`: arguments, what it prints, exit code; knows no other command."""

import json
import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reference_server.app.texts import texts
from reference_server.text import default_catalogue, system_reason
from reference_server.text.wrong_input import tell_wrong_input

if TYPE_CHECKING:
    from reference_server.app.serve import ServeOptions, Serving
    from reference_server.kernel.client_certificate import ClientCertificates

DEFAULT_FOLDER = "var/serve"
_GOOD, _WRONG_INPUT = 0, 2


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `serve`; the parser's default `language` is the caller's."""
    say = texts().speaker(parser.get_default("language") or "fr")
    parser.add_argument("--sandbox", type=Path, metavar="DIR", help=say("serve.option.sandbox"))
    parser.add_argument("--host", help=say("serve.option.host"))
    parser.add_argument("--port", type=int, help=say("serve.option.port"))
    parser.add_argument(
        "--reached-as", action="append", metavar="NAME", help=say("serve.option.reached-as")
    )
    parser.add_argument(
        "--environment",
        action="append",
        metavar="NAME",
        help=say("serve.option.environment"),
    )
    parser.add_argument("--database", metavar="URL", help=say("serve.option.database"))
    parser.add_argument("--workers", type=int, default=1, help=say("serve.option.workers"))
    parser.add_argument(
        "--client-certificates",
        action="append",
        metavar="[NAME=]MODE",
        help=say("serve.option.client-certificates"),
    )
    parser.add_argument(
        "--client-authorities", type=Path, metavar="FILE", help=say("serve.option.authorities")
    )
    parser.add_argument("--http-port", type=int, help=say("serve.option.http-port"))
    parser.add_argument("--mllp-port", type=int, help=say("serve.option.mllp-port"))
    parser.add_argument(
        "--audit-feed",
        metavar="ENVIRONMENT=PORT",
        action="append",
        default=[],
        help=say("serve.option.audit-feed"),
    )
    parser.add_argument(
        "--notify", action="append", metavar="CODE=URL", help=say("serve.option.notify")
    )
    parser.add_argument("--folder", type=Path, help=say("serve.option.folder"))
    parser.add_argument("--quiet", action="store_true", help=say("serve.option.quiet"))
    parser.add_argument("--plain-http", action="store_true", help=say("serve.option.plain-http"))


def execute(_name: str, arguments: Namespace) -> int:
    """Serve until told to stop; 2 when the arguments or the address cannot be used."""
    from reference_server.app.serve import serve
    from reference_server.kernel.store import StoreError

    say = texts().speaker(arguments.language)

    def announce(serving: "Serving") -> None:
        lines = (*_first(arguments, say), *_lines(serving, say))
        text = _as_json(serving) if arguments.json else "\n".join(lines)
        print(text, flush=True)

    try:
        serve(_options(arguments), announce=announce)
    except KeyboardInterrupt:
        return _GOOD
    except (ValueError, OSError, sqlite3.DatabaseError, StoreError) as error:
        reason = _reason(error, arguments, say)
        if reason is None:
            raise
        tell_wrong_input(say("serve.wrong", reason=reason), as_json=arguments.json)
        return _WRONG_INPUT
    return _GOOD


def _options(arguments: Namespace) -> "ServeOptions":
    """Return how to serve: as the sandbox says, or as the arguments do; raises ServeError."""
    from reference_server.app.serve import ServeError, ServeOptions

    decided = {
        "host": arguments.host,
        "port": arguments.port,
        "environments": tuple(dict.fromkeys(arguments.environment or ())),
        "database": arguments.database,
        "reached_as": tuple(dict.fromkeys(arguments.reached_as or ())),
        "folder": arguments.folder,
        "client_authorities": arguments.client_authorities,
        "http_port": arguments.http_port,
        "mllp_port": arguments.mllp_port,
        "subscribers": dict(each.partition("=")[::2] for each in arguments.notify or ()),
    }
    given = {name: value for name, value in decided.items() if value not in (None, (), {})}
    if arguments.sandbox is None:
        given.setdefault("folder", Path(DEFAULT_FOLDER))
        tls, workers, quiet = not arguments.plain_http, arguments.workers, arguments.quiet
        options = ServeOptions(**given, tls=tls, workers=workers, quiet=quiet)
        wanted = _client_certificates(arguments, options.environments)
        feeds = dict(map(_audit_feed, arguments.audit_feed))
        return replace(options, client_certificates=wanted, audit_feeds=feeds)
    if given or arguments.plain_http or arguments.client_certificates or arguments.audit_feed:
        raise ServeError("serve.reason.sandbox-decides", folder=str(arguments.sandbox))
    from reference_server.app.kit.folder import read_sandbox

    found = read_sandbox(arguments.sandbox)
    return found.serving(arguments.sandbox, workers=arguments.workers, quiet=arguments.quiet)


def _client_certificates(
    arguments: Namespace, environments: tuple[str, ...]
) -> "dict[str, ClientCertificates]":
    """Return which environments ask for certificates: `MODE` is for all, `NAME=MODE` for one."""
    from reference_server.app.serve import ServeError
    from reference_server.kernel.client_certificate import ClientCertificates

    wanted: dict[str, ClientCertificates] = {}
    for text in arguments.client_certificates or ():
        name, _, mode = text.rpartition("=")
        if mode not in set(ClientCertificates):
            raise ServeError("serve.reason.certificates-mode", mode=mode)
        wanted |= dict.fromkeys([name] if name else environments, ClientCertificates(mode))
    return {name: mode for name, mode in wanted.items() if mode is not ClientCertificates.OFF}


def _audit_feed(text: str) -> tuple[str, int]:
    """Read `integration=6514`; raises ServeError."""
    from reference_server.app.serve import LAST_PORT, ServeError

    name, _, port = text.rpartition("=")
    if not (port.isascii() and port.isdecimal() and len(port) < 6 and int(port) <= LAST_PORT):  # noqa: PLR2004 - digits of a port
        raise ServeError("serve.reason.audit-feed", environment=text[:80])
    return name, int(port)


def _reason(error: Exception, arguments: Namespace, say: Callable[..., str]) -> str | None:
    """Return why the service cannot start; None where no argument is to blame."""
    from reference_server.app.serve import ServeError
    from reference_server.app.worlds import WorldNameError
    from reference_server.kernel.store import PostgresUrl, StoreError

    if isinstance(error, ServeError):
        return say(error.message_id, **error.params)
    if isinstance(error, WorldNameError):
        return say("serve.reason.environment", name=str(error))
    if isinstance(error, StoreError):
        return say("serve.reason.no-answer", database=str(PostgresUrl(arguments.database or "")))
    if isinstance(error, sqlite3.DatabaseError):
        database = arguments.database or str(
            arguments.sandbox or arguments.folder or DEFAULT_FOLDER
        )
        return say("serve.reason.database", database=database)
    if isinstance(error, OSError):
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        return f"{error.filename or _address(arguments)} ({why})"
    return None


def _address(arguments: Namespace) -> str:
    """Return where it should have listened."""
    options = _options(arguments)
    return f"{options.host}:{options.port}"


def _first(arguments: Namespace, say: Callable[..., str]) -> Iterator[str]:
    """Tell a newcomer where to begin reading."""
    if arguments.sandbox is not None:
        yield say("serve.start-page", file=str(arguments.sandbox / "START.html"))


def _lines(serving: "Serving", say: Callable[..., str]) -> Iterator[str]:
    yield say("serve.notice")
    for name in serving.environments:
        yield say("serve.at", environment=name, url=f"{serving.origin}/{name}")
    for name, url in serving.messages.items():
        yield say("serve.messages", environment=name, url=url)
    if serving.authority is None:
        yield say("serve.plain")
    else:
        yield say("serve.authority", file=str(serving.authority))
    yield say("serve.clients", folder=str(serving.client_keys))
    yield say("serve.people", folder=str(serving.passwords))
    for database in serving.databases:
        yield say("serve.database", file=str(database))
    if not serving.databases:
        yield say("serve.in-memory")
    yield say("serve.stop")


def _as_json(serving: "Serving") -> str:
    return json.dumps(
        {
            "origin": serving.origin,
            "environments": {name: f"{serving.origin}/{name}" for name in serving.environments},
            "authority": None if serving.authority is None else str(serving.authority),
            "client_keys": str(serving.client_keys),
            "passwords": str(serving.passwords),
            "databases": [str(database) for database in serving.databases],
            "messages": dict(serving.messages),
        }
    )
