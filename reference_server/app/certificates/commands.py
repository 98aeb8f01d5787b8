"""The command `certificates`: arguments, what it prints, exit code; knows no other command."""

import json
import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reference_server.text import Catalogue, default_catalogue, system_reason
from reference_server.text.wrong_input import tell_wrong_input

if TYPE_CHECKING:
    from reference_server.app.certificates.desk import Desk
    from reference_server.services.certificates.model.records import Issued

Say: TypeAlias = Callable[..., str]
DEFAULT_FOLDER, DEFAULT_ORIGIN = "var/serve", "https://127.0.0.1:8443"
ACTS = ("trust", "list", "issue", "revoke", "suspend", "lift", "declare-host", "account-key")
FAMILIES = ("personal", "server", "signature")
REASONS = (
    "unspecified",
    "keyCompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "privilegeWithdrawn",
)
_GOOD, _WRONG_INPUT = 0, 2


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `certificates`; the parser's default `language` is the caller's."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")

    def option(flag: str, **told: object) -> None:
        name = flag.removeprefix("--")
        parser.add_argument(flag, help=say(f"certificates.option.{name}"), **told)  # type: ignore[arg-type]  # argparse types each option apart

    option("act", choices=ACTS)
    parser.add_argument("serial", nargs="?", help=say("certificates.option.serial"))
    option("--world", default="integration", metavar="NAME")
    option("--folder", type=Path, default=Path(DEFAULT_FOLDER), metavar="DIR")
    option("--database", metavar="URL")
    option("--origin", default=DEFAULT_ORIGIN, metavar="URL")
    option("--family", choices=FAMILIES, default="personal")
    option("--ehealth-id", metavar="ID")
    option("--name", action="append", default=[], metavar="HOST")
    option("--organization", metavar="CODE")
    option("--address", default="127.0.0.1", metavar="IP")
    option("--port", type=int, default=80)
    option("--reason", choices=REASONS, default="unspecified")
    option("--out", type=Path, metavar="DIR")


def execute(_name: str, arguments: Namespace) -> int:
    """Do one act; 2 where the words cannot be followed."""
    from reference_server.app.certificates.desk import DeskFault, desk_of
    from reference_server.app.opening import place
    from reference_server.kernel.store import StoreError
    from reference_server.services.certificates.errors import CertificateStateWrong
    from reference_server.world import VaultError

    say = _catalogue().speaker(arguments.language)
    folder, address = arguments.folder, arguments.database
    where = {"name": arguments.world, "folder": place(folder, address)}
    try:
        with desk_of(arguments.world, folder, origin=arguments.origin, address=address) as desk:
            told, text = _ACTS[arguments.act](desk, arguments, say)
    except DeskFault as fault:
        return _refuse(say(fault.message_id, **fault.params), arguments)
    except CertificateStateWrong as refusal:
        return _refuse(say(refusal.message_id, **refusal.params), arguments)
    except (StoreError, sqlite3.DatabaseError):
        return _refuse(say("certificates.wrong.world", **where), arguments)
    except VaultError:
        key = say("certificates.wrong.key", name=arguments.world, folder=str(folder))
        return _refuse(key, arguments)
    except OSError as error:
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        file = str(error.filename or arguments.out)
        return _refuse(say("certificates.wrong.file", file=file, reason=why), arguments)
    print(json.dumps(told, ensure_ascii=False) if arguments.json else text)
    return _GOOD


_Told: TypeAlias = tuple[Mapping[str, object], str]


def _trust(desk: "Desk", _arguments: Namespace, _say: Say) -> _Told:
    pem = desk.trust().decode()
    return {"trust": pem}, pem.rstrip("\n")


def _list(desk: "Desk", arguments: Namespace, say: Say) -> _Told:
    found = desk.listed(ehealth_id=arguments.ehealth_id)
    lines = [
        f"{each.serial}  {each.state:<9}  {each.not_after:%Y-%m-%d}  {each.family:<9}"
        f"  {each.subject}"
        for each in found
    ]
    told = {"certificates": [_issued(each) for each in found]}
    return told, "\n".join(lines) or say("certificates.none")


def _issue(desk: "Desk", arguments: Namespace, say: Say) -> _Told:
    from reference_server.app.certificates.desk import DeskFault
    from reference_server.services.certificates.model.families import Family
    from reference_server.world.authority import write_secret

    if arguments.out is None:
        raise DeskFault("out")
    arguments.out.mkdir(parents=True, exist_ok=True)
    made = desk.issue(
        Family(arguments.family), ehealth_id=arguments.ehealth_id, names=tuple(arguments.name)
    )
    chain, key = arguments.out / f"{made.serial}.pem", arguments.out / f"{made.serial}.key"
    write_secret(key, made.key)
    chain.write_bytes(made.chain)
    told = {"serial": made.serial, "chain": str(chain), "key": str(key)}
    return told, say("certificates.issued", serial=made.serial, chain=str(chain), key=str(key))


def _change(desk: "Desk", arguments: Namespace, say: Say) -> _Told:
    from reference_server.app.certificates.desk import DeskFault
    from reference_server.services.certificates.model.life import CertificateAct, Reason

    if arguments.serial is None:
        raise DeskFault("no-serial")
    act = CertificateAct(arguments.act)
    reason = Reason(arguments.reason) if act is CertificateAct.REVOKE else None
    changed = desk.change(arguments.serial.lower(), act, reason=reason)
    return _issued(changed), say(f"certificates.state.{changed.state}", serial=changed.serial)


def _declare(desk: "Desk", arguments: Namespace, say: Say) -> _Told:
    from reference_server.app.certificates.desk import DeskFault
    from reference_server.services.certificates.store.hosts import Host

    if len(arguments.name) != 1 or arguments.organization is None:
        raise DeskFault("host")
    host = Host(
        name=arguments.name[0].lower(),
        organization=arguments.organization,
        address=arguments.address,
        port=arguments.port,
    )
    desk.declare(host)
    told = {"name": host.name, "address": host.address, "port": host.port}
    return told, say("certificates.declared", **told)


def _account(desk: "Desk", arguments: Namespace, say: Say) -> _Told:
    from reference_server.app.certificates.desk import DeskFault

    if arguments.organization is None:
        raise DeskFault("host")
    kid, key = desk.account_key(arguments.organization)
    told = {"kid": kid, "hmac_key": key}
    return told, say("certificates.account-key", **told)


_ACTS: Mapping[str, Callable[["Desk", Namespace, Say], _Told]] = {
    "trust": _trust,
    "list": _list,
    "issue": _issue,
    "revoke": _change,
    "suspend": _change,
    "lift": _change,
    "declare-host": _declare,
    "account-key": _account,
}


def _issued(kept: "Issued") -> dict[str, object]:
    return {
        "serial": kept.serial,
        "family": kept.family,
        "subject": kept.subject,
        "not_before": kept.not_before.isoformat(),
        "not_after": kept.not_after.isoformat(),
        "state": kept.state,
        "reason": kept.reason,
    }


def _refuse(what: str, arguments: Namespace) -> int:
    tell_wrong_input(what, str(arguments.folder), as_json=arguments.json)
    return _WRONG_INPUT


@cache
def _catalogue() -> Catalogue:
    service = files("reference_server.services") / "certificates" / "messages"
    return Catalogue.load(files("reference_server.app.certificates") / "messages", service)
