"""Which identifiers a provider may have; pure, knows no table."""

from reference_server.national.identifiers import is_cns_provider_code, is_ehealth_id
from reference_server.services.providers.errors import IdentifierMalformed


def check_ehealth_id(value: str) -> None:
    """OID 1.3.182.4.1: an eHealthID has exactly 10 digits."""
    if not is_ehealth_id(value):
        raise IdentifierMalformed(name="ehealth_id")


def check_cns_code(value: str) -> None:
    """OID 1.3.182.4.6: a CNS provider code lies between 10000000 and 99999999."""
    if not is_cns_provider_code(value):
        raise IdentifierMalformed(name="cns_code")
