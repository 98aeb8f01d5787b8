"""Asks a person what a subject file needs, again where an answer cannot be; writes nothing."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Protocol

from reference_server.population.personas import Population
from test_suites.core.message import JsonValue
from test_suites.subjects.model import DRIVER_URL, LOGOUT_URL, SERVER_URL
from test_suites.subjects.reader import host_of, is_loopback
from test_suites.subjects.scopes import actors_of

ROLES: Final = ("prescriber", "laboratory", "service")
OPERATORS: Final = ("driver", "process", "console")
CAPABILITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "prescriber": (
        "cancel",
        "fractioned",
        "resubmit",
        "refresh",
        "userinfo",
        "sign-out",
        "client-certificate",
        "back-channel-logout",
    ),
    "laboratory": ("fractioned", "plan-b", "reserve", "client-certificate"),
    "service": ("cancel", "fractioned", "plan-b", "reserve", "resubmit"),
}
"""What a product of each role may offer or not."""
DEFAULT_DRIVER: Final = "http://127.0.0.1:9001"
DEFAULT_LOGOUT: Final = "http://127.0.0.1:{port}/backchannel-logout"
DEFAULT_SERVER: Final = "https://127.0.0.1:8443/integration"
NONE: Final = "-"
USUAL_PERMISSION: Final = timedelta(days=90)
_YES: Final = frozenset({"o", "oui", "y", "yes", "j", "ja"})
_NO: Final = frozenset({"n", "non", "no", "nein"})
_LONGEST_LINE, _LEAST_REASON, _LONGEST_REASON = 200, 3, 500
Table = dict[str, JsonValue]


class AnswersEndedError(Exception):
    """Nobody answers any more; nothing was written."""


class WrongAnswerError(ValueError):
    """An answer cannot be: the id of the sentence that says why (`init.wrong.*`)."""


class Say(Protocol):
    """Renders a sentence."""

    def __call__(self, message_id: str, **params: object) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Owns the conversation: `ask` puts a question and returns the line that answers it.

    `ask` raises AnswersEndedError at the end of the input; `tell` writes a line.
    """

    say: Say
    tell: Callable[[str], None]
    ask: Callable[[str], str]

    def text(
        self,
        question: str,
        check: Callable[[str], str],
        *,
        default: str | None = None,
        **params: object,
    ) -> str:
        """Ask until an answer is right; an empty line means the default."""
        told = self.say(f"init.ask.{question}", **params)
        shown = told if default is None else f"{told} [{default}]"
        while True:
            answer = self.ask(f"{shown} ").strip() or default or ""
            try:
                return check(answer)
            except WrongAnswerError as wrong:
                self.tell(self.say(f"init.wrong.{wrong}"))

    def choice(self, question: str, choices: Iterable[str], *, default: str | None = None) -> str:
        """Ask for one of several words, by the word or its number."""
        known = tuple(choices)
        for number, word in enumerate(known, start=1):
            self.tell(f"  {number}  {word}: {self.say(f'init.{question}.{word}')}")

        def check(answer: str) -> str:
            if answer in known:
                return answer
            if answer.isdigit() and 1 <= int(answer) <= len(known):
                return known[int(answer) - 1]
            raise WrongAnswerError("choice")

        return self.text(question, check, default=default)

    def is_so(self, question: str, *, default: bool, **params: object) -> bool:
        """Ask for yes or no."""

        def check(answer: str) -> str:
            if answer.lower() not in _YES | _NO:
                raise WrongAnswerError("yes-no")
            return answer.lower()

        usual = self.say("init.yes" if default else "init.no")
        return self.text(question, check, default=usual, **params) in _YES


def line(answer: str) -> str:
    """Return a line of text; raises WrongAnswerError."""
    if not answer:
        raise WrongAnswerError("empty")
    if len(answer) > _LONGEST_LINE or not answer.isprintable():
        raise WrongAnswerError("line")
    return answer


def reason(answer: str) -> str:
    """Return a reason for the report; raises WrongAnswerError."""
    if not _LEAST_REASON <= len(answer) <= _LONGEST_REASON or not answer.isprintable():
        raise WrongAnswerError("reason")
    return answer


def address(pattern: str) -> Callable[[str], str]:
    """Return what checks an address."""

    def check(answer: str) -> str:
        if not re.match(pattern, answer) or not host_of(answer) or not answer.isprintable():
            raise WrongAnswerError("driver" if pattern == DRIVER_URL else "server")
        return answer

    return check


def logout_uri(answer: str) -> str:
    """Return where notices of a sign-out are taken; raises WrongAnswerError."""
    if not re.match(LOGOUT_URL, answer):
        raise WrongAnswerError("logout-uri")
    return answer


def command(answer: str) -> str:
    """Return a command that can be split into words; raises WrongAnswerError."""
    try:
        words = shlex.split(answer)
    except ValueError:
        raise WrongAnswerError("command") from None
    if not words:
        raise WrongAnswerError("empty")
    for word in words:
        line(word)
    return answer


def day(today: date) -> Callable[[str], str]:
    """Return what checks a day that is not over."""

    def check(answer: str) -> str:
        try:
            chosen = date.fromisoformat(answer)
        except ValueError:
            raise WrongAnswerError("day") from None
        if chosen < today:
            raise WrongAnswerError("day-over")
        return chosen.isoformat()

    return check


def ask_subject(
    dialogue: Dialogue, *, population: Population, folder: Path, today: date
) -> dict[str, JsonValue]:
    """Return the tables of a subject file; raises AnswersEndedError.

    `folder` is where the file will lie: files that are not there yet are told.
    """
    role = dialogue.choice("role", ROLES)
    product: Table = {
        "vendor": dialogue.text("vendor", line),
        "name": dialogue.text("name", line),
        "version": dialogue.text("version", line, default="1.0"),
    }
    tables: Table = {"product": product, "roles": [_role(dialogue, role)]}
    if role == "service":
        way = tables["server"] = _server(dialogue, population, folder)
    else:
        way = tables["operator"] = _operator(dialogue)
    url = str(way.get("base_url") or way.get("url") or DEFAULT_DRIVER)
    host = host_of(url) or ""
    if not is_loopback(host):
        tables["authorised"] = [_authorised(dialogue, host, today)]
    return tables


def _role(dialogue: Dialogue, role: str) -> Table:
    offered: list[JsonValue] = []
    not_supported: Table = {}
    for capability in CAPABILITIES[role]:
        meaning = dialogue.say(f"init.capability.{capability}")
        if dialogue.is_so("capability", default=True, capability=capability, meaning=meaning):
            offered.append(capability)
        else:
            not_supported[capability] = dialogue.text("reason", reason, capability=capability)
    role_table: Table = {"actor": role, "capabilities": offered}
    if "back-channel-logout" in offered:
        role_table["logout_uri"] = dialogue.text("logout-uri", logout_uri, default=DEFAULT_LOGOUT)
    return role_table | ({"not_supported": not_supported} if not_supported else {})


def _operator(dialogue: Dialogue) -> Table:
    kind = dialogue.choice("operator", OPERATORS, default="driver")
    if kind == "driver":
        url = dialogue.text("url", address(DRIVER_URL), default=DEFAULT_DRIVER)
        return {"kind": kind, "url": url}
    if kind == "process":
        return {"kind": kind, "command": list(shlex.split(dialogue.text("command", command)))}
    return {"kind": kind}


def _authorised(dialogue: Dialogue, host: str, today: date) -> Table:
    dialogue.tell(dialogue.say("init.other-machine", host=host))
    usual = (today + USUAL_PERMISSION).isoformat()
    return {
        "host": host,
        "person": dialogue.text("person", line),
        "until": dialogue.text("until", day(today), default=usual),
    }


def _server(dialogue: Dialogue, population: Population, folder: Path) -> Table:
    url = dialogue.text("base-url", address(SERVER_URL), default=DEFAULT_SERVER)
    server: Table = {"base_url": url}
    if url.startswith("https:"):
        usual = "ca.pem" if is_loopback(host_of(url) or "") else NONE
        trust = _file(dialogue, "trust", folder, default=usual)
        server |= {} if trust == NONE else {"trust_pem": trust}
    clients: list[JsonValue] = []
    for persona, person in population.practitioners.items():
        name = f"{person.given} {person.family}"
        if dialogue.is_so("client", default=True, persona=persona, name=name):
            clients.append(_person(dialogue, folder, persona, person.ehealth_id))
    for client_id, client in population.clients.items():
        persona = client.organization or ""
        if persona:
            name = population.organizations[persona].name
            if dialogue.is_so("client", default=True, persona=persona, name=name):
                made = _system(dialogue, folder, persona, client_id)
                told = actors_of(client.scopes)
                clients.append(made | ({"actors": list(told)} if told else {}))
    server["clients"] = clients
    return server


def _person(dialogue: Dialogue, folder: Path, persona: str, username: str) -> Table:
    usual = f"people/{persona}.password"
    return {
        "persona": persona,
        "client_id": dialogue.text("client-id", line, default="prescriber-app"),
        "username": dialogue.text("username", line, default=username),
        "password_file": _file(dialogue, "password-file", folder, default=usual),
    }


def _system(dialogue: Dialogue, folder: Path, persona: str, client_id: str) -> Table:
    chosen = dialogue.text("client-id", line, default=client_id)
    usual = f"clients/{chosen}.jwk.json"
    return {
        "persona": persona,
        "client_id": chosen,
        "private_jwk_file": _file(dialogue, "key-file", folder, default=usual),
    }


def _file(dialogue: Dialogue, question: str, folder: Path, *, default: str) -> str:
    """Ask for a file; one that is not there yet may come later, and that is told."""
    chosen = dialogue.text(question, line, default=default)
    if chosen != NONE and not (folder / chosen).is_file():
        dialogue.tell(dialogue.say("init.not-there-yet", file=chosen))
    return chosen
