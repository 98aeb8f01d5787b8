"""What a session is told about the service and its user; knows nothing of how it is used."""

from pydantic import BaseModel, ConfigDict, Field


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
