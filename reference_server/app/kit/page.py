"""START: the page that leads from an empty terminal to a first prescription; writes no file."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from markupsafe import Markup

from reference_server.app.kit.blocks import Block, Code, Heading, Items, Table, Text, body, markdown
from reference_server.app.kit.facts import PRESCRIBER_CLIENT, Facts
from reference_server.app.kit.tables import analyses, clients, magic, patients, practitioners
from reference_server.app.kit.texts import MESSAGES as OF_THE_SANDBOX
from reference_server.kernel.web import MESSAGES, Site
from reference_server.text import Catalogue

SITE: Final = Site(home="reference_server.app.kit", title="web.product", styles=("start.css",))

SUBJECT = """\
[product]
vendor = "My company"
name = "MyProduct"
version = "0.1"

[[roles]]
actor = "prescriber"

[operator]
kind = "console\""""
_FOLDER = (
    ("`START.html`, `START.md`", "start"),
    ("`sandbox.json`", "sandbox"),
    ("`openapi.json`", "openapi"),
    ("`happy-path.http`", "http"),
    ("`samples/`", "samples"),
    ("`first-prescription.json`, `first-prescription.pdf`", "example"),
    ("`people.json`", "people"),
    ("`errors.html`", "errors"),
    ("`ca.pem`, `ca.cer`", "ca"),
    ("`clients/`", "clients"),
    ("`people/`", "passwords"),
    ("`server.pem`, `server-key.pem`, `*.db`", "server"),
)
_HOSTS = "Add-Content $env:windir\\System32\\drivers\\etc\\hosts '192.0.2.10 {name}'"
_TRUST = (
    "certutil -addstore Root ca.cer\n"
    "certutil -delstore Root 'eQualis Lab throw-away test authority'"
)
_JAVA = (
    "keytool -importcert -noprompt -alias sandbox -file ca.cer"
    " -keystore sandbox.p12 -storetype PKCS12 -storepass changeit"
)
_FIREWALL = (
    "New-NetFirewallRule -DisplayName 'eQualis sandbox' -Direction Inbound"
    " -Protocol TCP -LocalPort {port} -Action Allow"
)
_EXAMPLE_NAME = "lab.praxis.test"


def as_markdown(facts: Facts, language: str) -> str:
    """Return START.md."""
    page = _Page(facts=facts, language=language)
    return markdown(page.say("title"), page.blocks())


def as_html(facts: Facts, language: str) -> str:
    """Return START.html: one file that needs no other."""
    page = _Page(facts=facts, language=language)
    blocks = tuple(page.blocks())
    chapters = [block for block in blocks if isinstance(block, Heading)]
    return SITE.file(
        "start.html",
        language=language,
        catalogue=_texts(),
        title=page.say("title"),
        content=Markup(body(blocks)),  # noqa: S704 - made by blocks, which escapes
        chapters=chapters,
    )


class _Page:
    """The chapters in their order, in one language."""

    def __init__(self, *, facts: Facts, language: str) -> None:
        self.facts = facts
        self.language = language

    def say(self, what: str, **params: object) -> str:
        return _texts().render(f"kit.{what}", params, self.language)

    def blocks(self) -> Iterator[Block]:
        yield Text(text=self.say("notice"), is_note=True)
        yield Text(text=self.say("about"))
        chapters = (
            ("start", self._start),
            ("see", self._see),
            ("own", self._own),
            ("people", self._people),
            ("no", self._no),
            ("judge", self._judge),
            ("again", self._again),
            ("windows", self._windows),
            ("folder", self._folder),
        )
        for anchor, chapter in chapters:
            yield Heading(text=self.say(anchor), anchor=anchor)
            yield from chapter()

    def _shell(self, *words: str) -> Code:
        return Code(content=self.facts.typed(*words), language="sh")

    def _start(self) -> Iterator[Block]:
        yield Code(content=self.facts.serve, language="sh")
        yield Text(text=self.say("start.leave"))
        yield self._shell("curl", "--cacert", "{}/ca.pem", f"{self.facts.base}/health")
        yield Text(text=self.say("start.alive"))

    def _see(self) -> Iterator[Block]:
        yield Text(text=self.say("see.python"))
        yield self._shell("python3", "{}/samples/python/first_prescription.py")
        yield Text(text=self.say("see.answer"))
        yield Text(text=self.say("see.others"))
        yield self._shell("java", "{}/samples/java/FirstPrescription.java")
        yield self._shell("dotnet", "run", "--project", "{}/samples/csharp")
        yield Text(text=self.say("see.http"))

    def _own(self) -> Iterator[Block]:
        fhir = self.facts.fhir
        yield self._addresses()
        steps = (
            self.say("own.discover"),
            self.say("own.authorize", client=PRESCRIBER_CLIENT, fhir=fhir),
            self.say("own.login"),
            self.say("own.token"),
            self.say("own.submit", fhir=fhir),
            self.say("own.answer"),
        )
        yield Items(items=steps, is_numbered=True)
        yield Text(text=self.say("own.rules"))
        rules = ("fresh", "dates", "urls", "people", "lines", "page")
        yield Items(items=tuple(self.say(f"own.rule.{rule}") for rule in rules))
        yield Text(text=self.say("own.laboratory"))
        yield self._operations()
        yield Text(text=self.say("wire"))

    def _addresses(self) -> Table:
        facts, issuer = self.facts, self.facts.issuer
        until = facts.trusted_until.isoformat()
        rows = (
            ("base", f"`{facts.base}`"),
            ("issuer", f"`{issuer.url}`"),
            ("discovery", f"`{issuer.url}/.well-known/openid-configuration`"),
            ("fhir", f"`{facts.fhir}`"),
            ("openapi", f"`{facts.base}/openapi.json`"),
            ("trust", self.say("own.trust-until", date=until)),
            ("client", f"`{PRESCRIBER_CLIENT}`"),
            ("redirect", self.say("own.redirect-any")),
        )
        return Table(
            head=(self.say("own.address"), self.say("own.value")),
            rows=tuple((self.say(f"own.{name}"), value) for name, value in rows),
        )

    def _operations(self) -> Table:
        names = ("reserve", "release", "dispense", "cancel")
        rows = (
            ("`POST $retrieve-prescription`", self.say("own.retrieve")),
            *((f"`POST Task/ID/${name}`", self.say(f"own.{name}")) for name in names),
            ("`GET Task/ID`", self.say("own.look")),
        )
        return Table(head=(self.say("own.operation"), self.say("own.operation.what")), rows=rows)

    def _people(self) -> Iterator[Block]:
        people, language = self.facts.people, self.language
        yield Text(text=self.say("people.version", version=people.version))
        yield practitioners(people, self.say)
        yield clients(people, self.say)
        yield patients(people, language, self.say)
        yield Text(text=self.say("people.magic"))
        yield magic(people, language, self.say)
        yield analyses(self.say)

    def _no(self) -> Iterator[Block]:
        yield Text(text=self.say("no.catalogue"))
        yield Text(text=self.say("no.request-id"))

    def _judge(self) -> Iterator[Block]:
        yield Text(text=self.say("judge.file"))
        subject = f"{self.facts.place}/my-product.toml"
        yield Code(content=SUBJECT, language="toml", file=subject)
        commands = {
            "init": self.facts.typed("./equalis", "init", subject),
            "doctor": self.facts.typed("./equalis", "doctor", "--subject", subject),
        }
        yield Text(text=self.say("judge.person", **commands))
        chosen = ("--scenario", "ep-dispense-once", "--out", "{}/my-run")
        yield self._shell("./equalis", "run", "--subject", subject, *chosen)
        yield Text(text=self.say("judge.steps"))
        yield Text(text=self.say("judge.report"))

    def _again(self) -> Iterator[Block]:
        yield Text(text=self.say("again.what"))
        yield Code(content="\n".join(self._worlds()), language="sh")
        yield Text(text=self.say("again.renew", command=self.facts.renew))

    def _worlds(self) -> Iterator[str]:
        name, where = self.facts.sandbox.name, ("--folder", "{}")
        for told in (
            ("snapshot", name, "before"),
            ("advance-clock", name, "--days", "3"),
            ("restore", name, "before"),
            ("reset", name),
        ):
            yield self.facts.typed("./equalis", "world", *told, *where)

    def _windows(self) -> Iterator[Block]:
        sandbox = self.facts.sandbox
        name = sandbox.names[0] if sandbox.names else _EXAMPLE_NAME
        reached = ("--host", "0.0.0.0", "--reached-as", name)  # noqa: S104 - typed by a person
        yield Text(text=self.say("windows.serve"))
        named = self.facts.typed("./equalis", "sandbox", "{}", *reached)
        yield Code(content=f"{named}\n{self.facts.serve}", language="console")
        yield Text(text=self.say("windows.name"))
        yield Code(content=_HOSTS.format(name=name), language="powershell")
        yield Text(text=self.say("windows.trust"))
        yield Code(content=_TRUST, language="powershell")
        yield Text(text=self.say("windows.java"))
        yield Code(content=_JAVA, language="powershell")
        yield Text(text=self.say("windows.renewed"))
        yield Text(text=self.say("windows.firewall", port=sandbox.port))
        yield Code(content=_FIREWALL.format(port=sandbox.port), language="powershell")
        yield Text(text=self.say("windows.clock"))
        yield Code(content="w32tm /resync", language="powershell")
        yield Text(text=self.say("windows.proxy"))
        yield Text(text=self.say("windows.check"))
        url = f"https://{name}:{sandbox.port}/{sandbox.name}/health"
        check = f"Test-NetConnection {name} -Port {sandbox.port}\nInvoke-WebRequest {url}"
        yield Code(content=check, language="powershell")

    def _folder(self) -> Iterator[Block]:
        yield Table(
            head=(self.say("folder.file"), self.say("folder.what")),
            rows=tuple((name, self.say(f"folder.{what}")) for name, what in _FOLDER),
        )


@cache
def _texts() -> Catalogue:
    return Catalogue.load(OF_THE_SANDBOX, MESSAGES)
