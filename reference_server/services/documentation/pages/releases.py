"""The packages: which is in force, what each changed, and their archives."""

from typing import Final

from starlette.responses import Response

from reference_server.services.documentation.catalogue import changes
from reference_server.services.documentation.catalogue.shelf import Held
from reference_server.services.documentation.catalogue.structure import Target
from reference_server.services.documentation.errors import ReleaseUnknown
from reference_server.services.documentation.pages.site import ROOT, Reader
from reference_server.world import Call

_SHOWN: Final = 64
_ARCHIVE: Final = "application/gzip"


async def listed(call: Call) -> Response:
    """List the packages, in force and earlier."""
    reader = Reader.of(call)
    in_force = {each.release.id for each in reader.shelf.in_force}
    return reader.page(
        "packages.html",
        title=reader.visit.text("documentation.nav.packages"),
        held=tuple(reversed(reader.shelf.held)),
        in_force=in_force,
    )


async def shown(call: Call) -> Response:
    """Show what one package changed."""
    reader = Reader.of(call)
    held = _found(reader)
    before = reader.shelf.before(held)
    found = (
        () if before is None else changes.of_releases(reader.shelf, before, held, reader.language)
    )
    return reader.page(
        "package.html",
        title=held.release.label,
        crumbs=(
            Target(
                label=reader.visit.text("documentation.nav.packages"), address=f"{ROOT}/packages"
            ),
        ),
        held=held,
        before=before,
        changes=found,
    )


async def archive(call: Call) -> Response:
    """Return a package as `.tgz`."""
    held = _found(Reader.of(call))
    name = f"{held.release.name}-{held.release.version}.tgz"
    safe = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in ".-_"))
    headers = {"Content-Disposition": f'attachment; filename="{safe}"'}
    return Response(held.archive(), media_type=_ARCHIVE, headers=headers)


def _found(reader: Reader) -> Held:
    own = reader.call.path_values["id"]
    found = reader.shelf.release(own)
    if found is None:
        raise ReleaseUnknown(id=own[:_SHOWN])
    return found
