"""What ACME keeps (RFC 8555 §7.1): accounts, orders, authorizations; knows no JWS and no HTTP."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AccountStatus(StrEnum):
    """Whether an account may do anything (RFC 8555 §7.1.6)."""

    VALID = "valid"
    DEACTIVATED = "deactivated"


class OrderStatus(StrEnum):
    """Where an order stands (RFC 8555 §7.1.6)."""

    PENDING = "pending"
    READY = "ready"
    VALID = "valid"
    INVALID = "invalid"


class AuthorizationStatus(StrEnum):
    """Whether an account has proven a name (RFC 8555 §7.1.6)."""

    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account: its public key (JWK as JSON), that key's thumbprint, and whom it acts for."""

    id: str
    thumbprint: str
    jwk: str
    status: AccountStatus
    organization: str
    contact: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeOrder:
    """A wish for one certificate over names (host names and addresses)."""

    id: str
    account: str
    status: OrderStatus
    expires_at: datetime
    names: tuple[str, ...]
    authorizations: tuple[str, ...]
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The proof of one name; its only challenge is http-01. `error` is why it failed."""

    id: str
    account: str
    order: str
    name: str
    status: AuthorizationStatus
    token: str
    expires_at: datetime
    validated_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """An external account key as the vault sealed it; `account` is the one that it opened."""

    kid: str
    organization: str
    sealed_key: str
    account: str | None = None
