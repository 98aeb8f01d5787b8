"""The folder of a sandbox and what its `sandbox.json` promises; serves nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reference_server.app.sandbox import write_whole
from reference_server.app.serve import EVERYWHERE, LAST_PORT, ServeError, ServeOptions, is_host
from reference_server.app.serving import bind
from reference_server.app.worlds import is_slug

SANDBOX = "sandbox.json"
DEFAULT_NAME = "sandbox"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8443


class Sandbox(BaseModel):
    """What `sandbox.json` says: which World is served, where, and by which names.

    `names` are those by which other machines reach this one; the first stands in every URL.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str = DEFAULT_NAME
    host: Annotated[str, Field(min_length=1)] = DEFAULT_HOST
    port: Annotated[int, Field(gt=0, le=LAST_PORT)] = DEFAULT_PORT
    names: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """The `https://host:port` that `serve` answers at."""
        host = self.names[0] if self.names else self.host
        return f"https://[{host}]:{self.port}" if ":" in host else f"https://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """Where its World is."""
        return f"{self.origin}/{self.name}"

    def changed(self, wishes: "Wishes") -> Self:
        """Return the same with what somebody asked for; raises ServeError."""
        asked = {
            "name": wishes.name,
            "host": wishes.host,
            "port": wishes.port,
            "names": wishes.reached_as or None,
        }
        given = {key: value for key, value in asked.items() if value is not None}
        if given.get("port") == 0:
            given["port"] = _free_port(str(given.get("host", self.host)))
        held = {**self.model_dump(), **given}
        _check(str(held["name"]), str(held["host"]), held["port"], tuple(held["names"]))
        return type(self).model_validate(held)

    def serving(self, folder: Path, *, workers: int, quiet: bool) -> ServeOptions:
        """Return how this sandbox is served."""
        return ServeOptions(
            folder=folder,
            host=self.host,
            port=self.port,
            environments=(self.name,),
            workers=workers,
            reached_as=self.names,
            quiet=quiet,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody asked of a sandbox; None and () leave it as it is. Port 0 takes a free one."""

    name: str | None = None
    host: str | None = None
    port: int | None = None
    reached_as: tuple[str, ...] = ()


def read_sandbox(folder: Path) -> Sandbox:
    """Return what a folder's `sandbox.json` says; raises ServeError where there is none."""
    path = folder / SANDBOX
    if not path.is_file():
        raise ServeError("serve.reason.no-sandbox", folder=str(folder))
    try:
        found = Sandbox.model_validate(msgspec.json.decode(path.read_bytes()))
    except (msgspec.DecodeError, UnicodeDecodeError, ValidationError) as error:
        raise ServeError("serve.reason.sandbox-unreadable", file=str(path)) from error
    _check(found.name, found.host, found.port, found.names)
    return found


def open_folder(folder: Path) -> Sandbox | None:
    """Return what is in a folder: a sandbox, or None where it is new or empty.

    Raises ServeError where it holds something else, and OSError where it cannot be read.
    """
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise ServeError("kit.wrong.not-a-folder", folder=str(folder))
    if (folder / SANDBOX).exists():
        return read_sandbox(folder)
    if any(folder.iterdir()):
        raise ServeError("kit.wrong.foreign", folder=str(folder))
    return None


def write_sandbox(folder: Path, sandbox: Sandbox) -> None:
    """Write `sandbox.json`: the mark of a sandbox, so it is written first of all."""
    content = msgspec.json.format(msgspec.json.encode(sandbox.model_dump()), indent=2)
    write_whole(folder / SANDBOX, content + b"\n")


def _check(name: str, host: str, port: object, names: tuple[str, ...]) -> None:
    if not is_slug(name):
        raise ServeError("serve.reason.environment", name=name)
    if not isinstance(port, int) or not 0 < port <= LAST_PORT:
        raise ServeError("serve.reason.port", port=port)
    for each in names:
        if not is_host(each):
            raise ServeError("serve.reason.name", name=each)
    if host in EVERYWHERE and not names:
        raise ServeError("serve.reason.nameless", address=host)


def _free_port(host: str) -> int:
    with bind(host, 0) as bound:
        port: int = bound.getsockname()[1]
    return port
