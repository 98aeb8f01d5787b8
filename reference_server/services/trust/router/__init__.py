"""The identity provider on the wire: parse, operate, serialise; knows no rule."""

from reference_server.services.trust.router.answers import render
from reference_server.services.trust.router.routes import AT_FHIR, ROUTER

__all__ = ["AT_FHIR", "ROUTER", "render"]
