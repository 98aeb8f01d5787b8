"""What the services of a server tell about themselves, for their documentation."""

from reference_server.kernel.service import Service
from reference_server.ports import Described
from reference_server.world import World


class OfServices:
    """The Descriptions port over the services of one server; tables are made when asked for."""

    def __init__(self, services: tuple[Service[World], ...]) -> None:
        self._services = services
        self._made: tuple[Described, ...] | None = None

    def services(self) -> tuple[Described, ...]:
        if self._made is None:
            self._made = tuple(map(_described, self._services))
        return self._made


def _described(service: Service[World]) -> Described:
    tables = () if service.describes is None else service.describes()
    return Described(name=service.name, title=service.title, tables=tables)
