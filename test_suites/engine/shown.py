"""TLS contexts of a run's servers, from what they are to show; knows no case."""

import ssl
import tempfile
import warnings
from pathlib import Path

from test_suites.capture.wire_tap import WatchedContext
from test_suites.deviations.impostors import Shown


def shown_context(shown: Shown, folder: Path) -> WatchedContext:
    """Return the context of a server that shows this; `folder` is where files may be written.

    The key's file is there for as long as OpenSSL reads it, and only its owner can.
    """
    context = WatchedContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are the purpose
        context.maximum_version = shown.newest
        context.minimum_version = shown.oldest
    context.set_ciphers(shown.suites)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".pem") as file:
        file.write(shown.key + shown.chain)
        file.flush()
        context.load_cert_chain(file.name)
    return context
