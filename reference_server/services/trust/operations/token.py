"""The token endpoint (RFC 6749 §3.2): who asks, what is the token bound to, which grant."""

from collections.abc import Callable, Mapping

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules
from reference_server.services.trust.errors import (
    InvalidDpopProof,
    InvalidRequest,
    OAuthRefusal,
    UnsupportedGrantType,
)
from reference_server.services.trust.model import Client, Confirmation
from reference_server.services.trust.operations.client_authentication import Presenting, prove
from reference_server.services.trust.operations.context import issuer_of
from reference_server.services.trust.operations.grants import exchange
from reference_server.services.trust.operations.grants.code import authorization_code
from reference_server.services.trust.operations.grants.issuing import Asking, Issued
from reference_server.services.trust.operations.grants.refresh import refresh_token
from reference_server.services.trust.operations.grants.system import client_credentials
from reference_server.services.trust.operations.proof import Proof, check_proof, use_up
from reference_server.world import Call


async def token(call: Call, params: Mapping[str, str], presenting: Presenting) -> Issued:
    """Authenticate the client and issue what its grant allows; raises OAuthRefusal.

    A code or refresh token presented twice also revokes what it was redeemed for, and that stays.
    Requests that come together share a commit.
    """
    return _given(await call.world.together.write(_asked(call, params, presenting)))


def token_at_once(call: Call, params: Mapping[str, str], presenting: Presenting) -> Issued:
    """Do as `token` does, in a transaction of its own."""
    act = _asked(call, params, presenting)
    with call.world.store.write() as tx:
        outcome = act(tx)
    return _given(outcome)


def _given(outcome: Issued | OAuthRefusal) -> Issued:
    if isinstance(outcome, OAuthRefusal):
        raise outcome
    return outcome


def _asked(
    call: Call, params: Mapping[str, str], presenting: Presenting
) -> Callable[[Transaction], Issued | OAuthRefusal]:
    """Return what is to be done in the transaction; what needs none is checked before."""
    grant_type = params.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant-type-missing")
    operation = _GRANTS.get(grant_type)
    if operation is None:
        raise UnsupportedGrantType("grant-type")
    proof = _proof(call, presenting)

    def act(tx: Transaction) -> Issued | OAuthRefusal:
        client = prove(call, tx, params, presenting)
        confirmation = _confirmation(client, presenting, proof)
        if proof is not None:
            use_up(tx, proof)
        return operation(call, tx, Asking(client=client, params=params, confirmation=confirmation))

    return act


def _proof(call: Call, presenting: Presenting) -> Proof | None:
    if presenting.proof is None:
        return None
    request = rules.Request(method=call.method, url=issuer_of(call).endpoint("token"))
    return check_proof(call.world, presenting.proof, request)


def _confirmation(client: Client, presenting: Presenting, proof: Proof | None) -> Confirmation:
    """Return what the tokens are bound to: a key's proof, else the certificate if registered so."""
    binding, shown = client.binding, presenting.certificate
    if binding.key and proof is None:
        raise InvalidDpopProof("proof-missing")
    if binding.certificate and shown is None:
        raise InvalidRequest("certificate-missing")
    if binding.fapi and proof is None and not binding.certificate:
        raise InvalidRequest("sender-constraint-missing")
    certificate = shown.thumbprint if binding.certificate and shown is not None else None
    return Confirmation(certificate=certificate, key=None if proof is None else proof.key)


_Operation = Callable[[Call, Transaction, Asking], Issued | OAuthRefusal]
_GRANTS: Mapping[str, _Operation] = {
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
    "client_credentials": client_credentials,
    exchange.GRANT_TYPE: exchange.token_exchange,
}
GRANT_TYPES = tuple(_GRANTS)
