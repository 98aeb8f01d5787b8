"""What the identity provider does, one module an operation; knows no HTML and no table."""

from reference_server.services.trust.operations.authorization import begin, push
from reference_server.services.trust.operations.discovery import (
    discovery,
    keys,
    smart_configuration,
)
from reference_server.services.trust.operations.inspection import introspect, revoke
from reference_server.services.trust.operations.login import decide, give_code, sign_in
from reference_server.services.trust.operations.logout import sign_out
from reference_server.services.trust.operations.registration import (
    open_account,
    register_client,
    rotate_keys,
)
from reference_server.services.trust.operations.token import token
from reference_server.services.trust.operations.userinfo import userinfo

__all__ = [
    "begin",
    "decide",
    "discovery",
    "give_code",
    "introspect",
    "keys",
    "open_account",
    "push",
    "register_client",
    "revoke",
    "rotate_keys",
    "sign_in",
    "sign_out",
    "smart_configuration",
    "token",
    "userinfo",
]
