"""The rules of the protocol, one function each; pure, knows no table and no request object."""

from reference_server.kernel.service import Table
from reference_server.services.trust.rules.proof import (
    PROOF_TYPE,
    Request,
    check_proof_claims,
    check_token_hash,
    seconds_blocked,
)
from reference_server.services.trust.rules.protocol import (
    check_assertion_claims,
    check_code_challenge,
    check_code_verifier,
    check_redirect_uri,
    check_resource,
    check_scope,
)
from reference_server.services.trust.rules.request import (
    RESPONSE_MODES,
    ClaimsWanted,
    check_claims,
    check_max_age,
    check_prompt,
    check_response_mode,
    is_reachable,
    is_reached,
)

__all__ = [
    "PROOF_TYPE",
    "RESPONSE_MODES",
    "ClaimsWanted",
    "Request",
    "check_assertion_claims",
    "check_claims",
    "check_code_challenge",
    "check_code_verifier",
    "check_max_age",
    "check_prompt",
    "check_proof_claims",
    "check_redirect_uri",
    "check_resource",
    "check_response_mode",
    "check_scope",
    "check_token_hash",
    "describe",
    "is_reachable",
    "is_reached",
    "seconds_blocked",
]

_RULES = (
    check_code_challenge,
    check_code_verifier,
    check_redirect_uri,
    check_scope,
    check_resource,
    check_assertion_claims,
    check_response_mode,
    check_prompt,
    check_max_age,
    check_claims,
    check_proof_claims,
    check_token_hash,
    seconds_blocked,
)


def describe() -> tuple[Table, ...]:
    """Return the rules as a table, for the documentation."""
    lines = {rule.__name__: (rule.__doc__ or "").partition("\n")[0] for rule in _RULES}
    rows = tuple((name, *line.split(": ", maxsplit=1)) for name, line in lines.items())
    return (Table(name="rules", columns=("rule", "source", "text"), rows=rows),)
