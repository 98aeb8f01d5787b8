"""What a session is told about the service and its user; knows nothing of how it is used."""

from pydantic import BaseModel, ConfigDict, Field

from test_suites.vendors.kit.card import Card


class Told(BaseModel):
    """Whatever comes over the driver contract: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Told):
    """The professional who sits at the desk."""

    ehealth_id: str = Field(pattern=r"^[0-9]{10}$")
    cns_code: str = Field(pattern=r"^[0-9]{8}$")
    family: str = Field(min_length=1)
    given: str = Field(min_length=1)


class Settings(Told):
    """One session's configuration (``PUT /sessions/{session}``)."""

    base_url: str
    issuer: str
    fhir_base: str
    client_id: str
    private_jwk: dict[str, str] | None = Field(default=None, repr=False)
    username: str | None = None
    password: str | None = Field(default=None, repr=False)
    trust_pem: str | None = None
    organization: str | None = None
    messages: str | None = None
    person: Person | None = None
    certificate_pem: str | None = None
    certificate_key_pem: str | None = Field(default=None, repr=False)

    def card(self) -> Card | None:
        """Return the certificate to show, where there is one."""
        if self.certificate_pem is None or self.certificate_key_pem is None:
            return None
        return Card(chain=self.certificate_pem, key=self.certificate_key_pem)


class NewCertificate(Told):
    """What the act `renew-certificate` brings."""

    certificate_pem: str = Field(min_length=1)
    certificate_key_pem: str = Field(min_length=1, repr=False)

    def card(self) -> Card:
        """Return the certificate to show from now on."""
        return Card(chain=self.certificate_pem, key=self.certificate_key_pem)
