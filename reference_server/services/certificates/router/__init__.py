"""The certificate authority on the wire: parse, operate, serialise; knows no rule."""

from reference_server.services.certificates.router.acme import ACME
from reference_server.services.certificates.router.office import OFFICE
from reference_server.services.certificates.router.public import ROUTER

__all__ = ["ACME", "OFFICE", "ROUTER"]
