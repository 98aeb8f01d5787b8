"""People who sign in, and in whose name a token speaks."""

from dataclasses import dataclass

from reference_server.kernel.access import Role
from reference_server.services.trust.model.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who can sign in. `username` is the eHealthID; a patient's is the matricule.

    `token_secret` is the base32 seed of the person's test token; without it there is none.
    """

    username: str
    family: str
    given: str
    profession: str
    role: str
    organization: str
    email: str = ""
    phone_number: str = ""
    address: str = ""
    token_secret: str = ""

    @property
    def ehealth_id(self) -> str | None:
        """The eHealthID; patients have none."""
        return None if self.role == Role.PATIENT else self.username


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """In whose name a token speaks: a person, or a system (`account` None).

    `actor` is the team member who acts for the person.
    """

    client: Client
    account: Account | None
    actor: Account | None = None

    @property
    def subject(self) -> str:
        return self.client.client_id if self.account is None else self.account.username

    @property
    def role(self) -> str:
        return self.client.role if self.account is None else self.account.role

    @property
    def organization(self) -> str:
        return self.client.organization if self.account is None else self.account.organization
