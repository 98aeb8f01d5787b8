"""Opens Worlds for the tests of the prescription service."""

from tests.reference_server.towns import registry, runner, town

__all__ = ["registry", "runner", "town"]
