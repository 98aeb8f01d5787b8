"""A product that is lax in one way takes up just that; the good one does not."""

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scenarios.tricks import Flaw
from test_suites.deviations.impostors import Authorities
from test_suites.engine.shown import shown_context
from test_suites.vendors.kit.tls import LAX, STRICT, Strictness, client_context

TAKEN = {
    "accepts-any-certificate": Flaw.SELF_SIGNED,
    "ignores-host-name": Flaw.OTHER_HOST,
    "ignores-certificate-dates": Flaw.EXPIRED,
    "accepts-weak-keys": Flaw.WEAK_KEY,
    "accepts-no-encryption": Flaw.NO_ENCRYPTION,
    "accepts-no-authentication": Flaw.NO_AUTHENTICATION,
    "accepts-no-forward-secrecy": Flaw.NO_FORWARD_SECRECY,
    "accepts-cbc": Flaw.CBC_ONLY,
}


@pytest.mark.parametrize("defect", TAKEN)
def test_a_lax_product_takes_up_what_a_strict_one_refuses(defect: str, tmp_path: Path) -> None:
    authorities = Authorities.make(now=datetime.now(UTC))
    server = shown_context(authorities.flawed(TAKEN[defect]), tmp_path)
    assert takes(authorities.trust_pem, LAX[defect], server)
    assert not takes(authorities.trust_pem, STRICT, server)


def takes(trust_pem: str, strictness: Strictness, server: ssl.SSLContext) -> bool:
    """Shake hands over a pair of sockets; tell whether the client went through with it."""
    ours, theirs = socket.socketpair()
    answering = threading.Thread(target=answer, args=(theirs, server))
    answering.start()
    try:
        with (
            ours,
            client_context(trust_pem, strictness).wrap_socket(ours, server_hostname="127.0.0.1"),
        ):
            return True
    except (ssl.SSLError, OSError):
        return False
    finally:
        answering.join()


def answer(plain: socket.socket, context: ssl.SSLContext) -> None:
    plain.settimeout(10)
    # A plain context: that of the lab's server holds failures back until its tap has told them.
    context.sslobject_class = ssl.SSLObject
    with plain, contextlib.suppress(OSError):
        context.wrap_socket(plain, server_side=True).close()
