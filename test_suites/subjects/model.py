"""The subject file's nouns as the vendor writes them; knows no file and no network."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Capability: TypeAlias = Literal["plan-b", "fractioned", "cancel", "reserve", "resubmit"]
RoleName: TypeAlias = Literal["prescriber", "laboratory", "service"]
Reason: TypeAlias = Annotated[str, Field(min_length=3, max_length=500)]


class FromFile(BaseModel):
    """Owns what every noun of the file shares: frozen, and nothing that nobody asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Product(FromFile):
    """Owns the product's identity as it will stand on a certificate."""

    vendor: Line
    name: Line
    version: Line
    build: str = ""


class Role(FromFile):
    """Owns what the product claims to do as one actor, and what it says it does not."""

    actor: RoleName
    capabilities: tuple[Capability, ...] = ()
    not_supported: Mapping[Capability, Reason] = Field(default_factory=dict)


class ConsoleOperator(FromFile):
    """A person follows the terminal."""

    kind: Literal["console"]


class DriverOperator(FromFile):
    """A running product offers the driver contract at `url`."""

    kind: Literal["driver"]
    url: Annotated[str, Field(pattern=r"^http://[^/]+/?$", examples=["http://127.0.0.1:9001"])]


class ProcessOperator(FromFile):
    """The lab starts the product, which then offers the driver contract.

    In `command`, `{port}` becomes a free port and an argument `{equalis}` this program.
    """

    kind: Literal["process"]
    command: Annotated[tuple[Line, ...], Field(min_length=1)]


OperatorChoice: TypeAlias = Annotated[
    ConsoleOperator | DriverOperator | ProcessOperator, Field(discriminator="kind")
]


class ServerClient(FromFile):
    """Owns how the lab signs in at a server under test as one persona.

    Secrets stand in files beside the subject file, never in it: it becomes part of the
    evidence. A system has `private_jwk_file`; a person has `username` and `password_file`.
    """

    persona: Line
    client_id: Line
    private_jwk_file: str | None = None
    username: str | None = None
    password_file: str | None = None


class Server(FromFile):
    """Owns how a server under test is reached; `trust_pem` is a file beside the subject file."""

    base_url: Annotated[
        str, Field(pattern=r"^https?://[^?#]+$", examples=["https://test.example.lu/erx"])
    ]
    trust_pem: str | None = None
    clients: Annotated[tuple[ServerClient, ...], Field(examples=["[[server.clients]]"])] = ()


class Authorised(FromFile):
    """Owns one person's word that a host that is not this machine may be tested until a day."""

    host: Line
    person: Line
    until: date


class Subject(FromFile):
    """Owns everything a vendor says about the product under test."""

    product: Product
    roles: Annotated[tuple[Role, ...], Field(min_length=1, examples=["[[roles]]"])]
    operator: OperatorChoice | None = None
    server: Server | None = None
    authorised: Annotated[tuple[Authorised, ...], Field(examples=["[[authorised]]"])] = ()

    def role(self, actor: str) -> Role | None:
        """Return the role as an actor, None where the product has none."""
        return next((role for role in self.roles if role.actor == actor), None)

    def is_server(self) -> bool:
        """Tell whether the product is tested as a server."""
        return self.role("service") is not None
