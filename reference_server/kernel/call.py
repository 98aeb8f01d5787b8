"""One request as a service's handler sees it; knows neither the World's insides nor services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from reference_server.kernel.access import Caller
from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.language import Voice


class Environment(Protocol):
    """What the web foundation itself needs of a World."""

    @property
    def name(self) -> str:
        """The first segment of every path."""

    @property
    def base_url(self) -> str:
        """`https://host:port/{name}`, without a slash at the end."""

    def admit(self, shown: ClientCertificate | None, *, to_all: bool) -> ClientCertificate | None:
        """Return the certificate that counts; raises AccessRefusals. `to_all`: none is needed."""

    def masked(self, text: str) -> str:
        """Return a text without what may be a real person's number."""


W_co = TypeVar("W_co", bound=Environment, covariant=True)


@dataclass(slots=True)
class Deed:
    """What is known of an act while it happens; what the audit event of a refusal is made from.

    Mutable on purpose: a refusal in the middle of an operation is audited with all that was known
    by then. `entities` are references such as `Task/3f…` or `Prescription/B-…`. `categories` are
    those of the data (`ePrescription`, as in EHDS article 14), `origins` the CNS codes of the
    providers it comes from; `query` is what a search asked for, and `found` the
    records it found of each patient: each of them gets an event of their own. `consent` is the
    reference to the consent that an `authorize` was decided by.
    """

    action: str
    caller: Caller | None = None
    patient: str | None = None
    entities: list[str] = field(default_factory=list)
    interaction: Interaction = Interaction.EXECUTE
    categories: tuple[str, ...] = ()
    origins: list[str] = field(default_factory=list)
    query: str | None = None
    consent: str | None = None
    found: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[W_co]):
    """One request. `path_values` are the `{names}` of the route, `query` pairs in order.

    `certificate` is the caller's, verified; None where none was shown or the World asks for none.
    `address` is where the request came from. `asked_form` is the `_format` that a query of FHIR
    named and that was taken out of it: links in an answer say it again. `visitor` is the grant by
    which pages know who is signed in; no header can set it.
    """

    world: W_co
    method: str
    path: str
    path_values: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    voice: Voice
    request_id: str
    deed: Deed
    certificate: ClientCertificate | None = None
    address: str | None = None
    visitor: str | None = None
    asked_form: str = ""

    @property
    def language(self) -> str:
        """The language the caller reads best: `fr`, `en` or `de`."""
        return self.voice.language
