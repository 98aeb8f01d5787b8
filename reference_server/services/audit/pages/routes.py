"""Which path of the patients' pages does what."""

from dataclasses import replace
from typing import Final

from reference_server.kernel.route import Route, Router
from reference_server.kernel.web import PAGE_TERMS, refusal_page
from reference_server.services.audit.pages.desk import DESK, NDJSON, export, show
from reference_server.services.audit.pages.lines import HOME
from reference_server.world import World

_ASKED: Final = replace(PAGE_TERMS, query=("since", "until", "page", *PAGE_TERMS.query))

PAGES: Router[World] = Router(
    prefix=HOME,
    render=refusal_page,
    terms=PAGE_TERMS,
    routes=(
        Route(method="GET", path="", handler=show, terms=_ASKED),
        Route(
            method="GET",
            path="/export",
            handler=export,
            terms=replace(PAGE_TERMS, writes=(NDJSON,)),
        ),
        *DESK.routes(),
    ),
)
