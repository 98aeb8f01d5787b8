"""The subject file's nouns as the vendor writes them; knows no file and no network.

Docstrings and descriptions are what editors show: they become `subject.schema.json`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Capability: TypeAlias = Literal[
    "plan-b",
    "fractioned",
    "cancel",
    "reserve",
    "resubmit",
    "refresh",
    "userinfo",
    "sign-out",
    "client-certificate",
    "back-channel-logout",
    "pdqm",
    "pdqm-match",
    "pixm",
    "pmir",
]
OF_IDENTITIES: Final = frozenset({"pdqm", "pdqm-match", "pixm"})
"""What a supplier of identities by FHIR offers: ITI-78, ITI-119, ITI-83."""
RoleName: TypeAlias = Literal[
    "prescriber",
    "laboratory",
    "service",
    "practice",
    "feed-source",
    "identity-consumer",
    "fhir-feed-source",
    "fhir-identity-consumer",
]
PracticeSize: TypeAlias = Literal["solo", "small", "medium", "large"]
Answerer: TypeAlias = Literal["owner", "clinician", "staff", "provider"]
Reason: TypeAlias = Annotated[str, Field(min_length=3, max_length=500)]
DRIVER_URL = r"^http://[^/]+/?$"
MESSAGES_URL = r"^mllps?://[^/?#@]+:[0-9]{1,5}$"
LOGOUT_URL = r"^https?://(127\.0\.0\.1|localhost|\[::1\])(:([0-9]+|\{port\}))?/[^?#]*$"
SERVER_URL = r"^https?://[^?#]+$"


class FromFile(BaseModel):
    """Owns what every noun of the file shares: frozen, and nothing that nobody asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Product(FromFile):
    """The product's identity as it will stand on a certificate."""

    vendor: Line = Field(description="Who makes the product.")
    name: Line = Field(description="The product's name.")
    version: Line = Field(description="The version under test, in quotes.")
    build: str = Field(default="", description="The exact build, where one version has several.")


class Role(FromFile):
    """What the product claims to do as one actor, and what it says it does not."""

    actor: RoleName = Field(
        description="Whom the product stands for; `service` is the role of a server."
    )
    capabilities: tuple[Capability, ...] = Field(
        default=(), description="Everything optional that the product offers."
    )
    not_supported: Mapping[Capability, Reason] = Field(
        default_factory=dict,
        description="What the product does not offer, each with a reason for the report.",
    )
    logout_uri: Annotated[str, Field(pattern=LOGOUT_URL)] | None = Field(
        default=None,
        examples=["http://127.0.0.1:9001/backchannel-logout"],
        description="Where the product is told that a person signed out (back-channel-logout);"
        " `{port}` becomes the port of its driver.",
    )


class ConsoleOperator(FromFile):
    """A person follows the terminal."""

    kind: Literal["console"] = Field(description="A person makes the product act.")


class DriverOperator(FromFile):
    """A running product offers the driver contract at `url`."""

    kind: Literal["driver"] = Field(description="The product runs already and offers a driver.")
    url: Annotated[
        str,
        Field(
            pattern=DRIVER_URL,
            examples=["http://127.0.0.1:9001"],
            description="Where the product's driver listens, on this machine.",
        ),
    ]


class ProcessOperator(FromFile):
    """The lab starts the product, which then offers the driver contract.

    In `command`, `{port}` becomes a free port and an argument `{equalis}` this program.
    """

    kind: Literal["process"] = Field(description="The lab starts the product and stops it.")
    command: Annotated[
        tuple[Line, ...],
        Field(
            min_length=1,
            description="Program and arguments; `{port}` becomes a free port.",
        ),
    ]


OperatorChoice: TypeAlias = Annotated[
    ConsoleOperator | DriverOperator | ProcessOperator, Field(discriminator="kind")
]


class ServerClient(FromFile):
    """How the lab signs in at a server under test as one persona.

    Secrets stand in files beside the subject file, never in it: it becomes part of the
    evidence. A system has `private_jwk_file`; a person has `username` and `password_file`.
    """

    persona: Line = Field(description="One of the lab's synthetic people and organisations.")
    client_id: Line = Field(description="The client id that is registered at the server.")
    actors: tuple[RoleName, ...] = Field(
        default=(),
        examples=["fhir-identity-consumer"],
        description="For whose work it is registered, where the persona has several clients;"
        " absent: for every other.",
    )
    private_jwk_file: str | None = Field(
        default=None, description="File with a system's private key (a JWK, beside this file)."
    )
    username: str | None = Field(default=None, description="With what name a person signs in.")
    password_file: str | None = Field(
        default=None, description="File with a person's password, beside this file."
    )


class Server(FromFile):
    """How a server under test is reached; `trust_pem` is a file beside the subject file."""

    base_url: Annotated[
        str,
        Field(
            pattern=SERVER_URL,
            examples=["https://test.example.lu/erx"],
            description="FHIR is expected at /fhir below it, OpenID Connect at"
            " /auth/realms/organization.",
        ),
    ]
    messages: Annotated[
        str | None,
        Field(
            pattern=MESSAGES_URL,
            examples=["mllps://127.0.0.1:2575"],
            description="Where the server speaks HL7 v2 over MLLP, plain or over TLS;"
            " absent: it does not.",
        ),
    ] = None
    fhir_url: Annotated[
        str | None,
        Field(
            pattern=SERVER_URL,
            examples=["https://test.example.lu/fhir/R4"],
            description="Where the server speaks FHIR, where that is not /fhir below base_url.",
        ),
    ] = None
    trust_pem: str | None = Field(
        default=None,
        description="File with the authorities to trust (PEM); absent: those of the system.",
    )
    clients: Annotated[
        tuple[ServerClient, ...],
        Field(
            examples=["[[server.clients]]"],
            description="How the lab signs in, once for each persona; a supplier of identities"
            " that names none is asked without signing in.",
        ),
    ] = ()

    def client(self, persona: str, actor: str) -> ServerClient | None:
        """Return the client of a persona that is registered for an actor's work, else any's."""
        own = [each for each in self.clients if each.persona == persona]
        named = (each for each in own if actor in each.actors)
        return next(named, next((each for each in own if not each.actors), None))


class Authorised(FromFile):
    """One person's word that a host that is not this machine may be tested until a day."""

    host: Line = Field(description="The host's name or address, without port.")
    person: Line = Field(description="Who allows it: name and function.")
    until: date = Field(description="The last day on which it may be tested.")


class Practice(FromFile):
    """A healthcare practice that assesses itself: how large, and in which role it answered."""

    size: PracticeSize = Field(
        description="People who work there: one, 2 to 5, 6 to 20, more than 20."
    )
    answered_by: Answerer = Field(description="In which role the questions were answered.")


class Subject(FromFile):
    """Everything a vendor says about the product under test."""

    product: Product
    roles: Annotated[
        tuple[Role, ...],
        Field(
            min_length=1,
            examples=["[[roles]]"],
            description="As whom the product takes part: a server alone as `service`.",
        ),
    ]
    operator: OperatorChoice | None = Field(
        default=None, description="How a client product is made to act."
    )
    server: Server | None = None
    practice: Practice | None = Field(
        default=None, description="What a practice that assesses itself says of itself."
    )
    authorised: Annotated[
        tuple[Authorised, ...],
        Field(
            examples=["[[authorised]]"],
            description="Whoever allows that a machine other than this one is tested.",
        ),
    ] = ()

    def role(self, actor: str) -> Role | None:
        """Return the role as an actor, None where the product has none."""
        return next((role for role in self.roles if role.actor == actor), None)

    def asks_nobody_to_sign_in(self) -> bool:
        """Tell whether it is a supplier of identities by FHIR that names no client."""
        role = self.role("service")
        offered = () if role is None else role.capabilities
        named = self.server is None or bool(self.server.clients)
        return not named and bool(OF_IDENTITIES & set(offered))

    def is_server(self) -> bool:
        """Tell whether the product is tested as a server."""
        return self.role("service") is not None
