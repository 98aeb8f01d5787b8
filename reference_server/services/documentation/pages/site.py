"""What every page of the specification has in common: its site, and what it is made for."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.responses import Response

from reference_server.fhir.compose import write_json
from reference_server.kernel.web import Entry, Site, Visit, visit_of
from reference_server.ports import DESCRIPTIONS, Described
from reference_server.services.documentation.catalogue.said import said, title
from reference_server.services.documentation.catalogue.shelf import Shelf
from reference_server.services.documentation.catalogue.structure import Target, target
from reference_server.services.documentation.store import shelf_of
from reference_server.world import Call

ROOT: Final = "/documentation"
SITE: Final = Site(
    home="reference_server.services.documentation",
    title="documentation.title",
    entries=(
        Entry(path=f"{ROOT}/StructureDefinition", text="documentation.nav.structures"),
        Entry(path=f"{ROOT}/terminologies", text="documentation.nav.terminologies"),
        Entry(path=f"{ROOT}/api", text="documentation.nav.api"),
        Entry(path=f"{ROOT}/examples", text="documentation.nav.examples"),
        Entry(path=f"{ROOT}/services", text="documentation.nav.services"),
        Entry(path=f"{ROOT}/hl7", text="documentation.nav.hl7"),
        Entry(path=f"{ROOT}/packages", text="documentation.nav.packages"),
    ),
    styles=("documentation.css",),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what: a visit to one shelf."""

    call: Call
    visit: Visit
    shelf: Shelf

    @classmethod
    def of(cls, call: Call) -> "Reader":
        """Return the reader of a call."""
        return cls(call, visit_of(call), shelf_of(call.world))

    @property
    def language(self) -> str:
        return self.visit.language

    @property
    def described(self) -> tuple[Described, ...]:
        """What the services tell about themselves."""
        return self.call.world.port(DESCRIPTIONS).services()

    def page(
        self,
        template: str,
        *,
        title: str,
        crumbs: tuple[Target, ...] = (),
        **values: Any,  # noqa: ANN401  whatever the template shows
    ) -> Response:
        """Return a page with the way that leads to it."""
        home = Target(label=self.visit.text("documentation.title"), address=ROOT)
        return SITE.page(
            self.visit,
            template,
            title=title,
            crumbs=(home, *crumbs),
            said=self.said,
            title_of=self.title_of,
            place=self.place,
            look_up=self.look_up,
            is_gone=lambda artefact: self.shelf.find(artefact.type, artefact.id) is None,
            fhir_base=self.call.world.fhir_base,
            **values,
        )

    def said(self, holder: dict[str, Any], key: str) -> str:
        """Return a text of a resource in the reader's language."""
        return said(holder, key, self.language)

    def title_of(self, resource: dict[str, Any]) -> str:
        """Return what a resource is called."""
        return title(resource, self.language)

    def look_up(self, canonical: str) -> Target:
        """Return a canonical as a link."""
        return target(self.shelf, canonical, self.language)

    def place(self, address: str) -> str:
        """Return an address of ours with what every link carries; another's as it is."""
        return self.visit.link(address) if address.startswith("/") else address


def pretty(resource: Any) -> str:  # noqa: ANN401  JSON
    """Return a resource as JSON to read."""
    return msgspec.json.format(write_json(resource), indent=2).decode()
