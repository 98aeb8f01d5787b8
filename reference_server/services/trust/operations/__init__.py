"""What the identity provider does, one module an operation; knows no HTML and no table."""

from reference_server.services.trust.operations.authorization import begin
from reference_server.services.trust.operations.discovery import discovery, keys
from reference_server.services.trust.operations.login import sign_in
from reference_server.services.trust.operations.registration import open_account, register_client
from reference_server.services.trust.operations.token import token
from reference_server.services.trust.operations.userinfo import userinfo

__all__ = [
    "begin",
    "discovery",
    "keys",
    "open_account",
    "register_client",
    "sign_in",
    "token",
    "userinfo",
]
