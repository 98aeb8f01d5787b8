"""The addresses of the vendors' pages, and who may open which; draws none."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from starlette.responses import Response

from reports.portal.turn import Page
from reports.portal.vendor import (
    adding,
    answering,
    entering,
    offering,
    proving,
    renewing,
    reporting,
)
from reports.portal.vendor.matter import HOME, Matter, with_dossier, with_member

Inside: TypeAlias = Callable[[Matter], Response]

_VENDOR: Final[tuple[tuple[str, str, Page], ...]] = (
    ("GET", "/vendor", entering.home),
    ("GET", "/vendor/sign-in", entering.sign_in),
    ("GET", "/vendor/back", entering.back),
    ("POST", "/vendor/file", entering.with_file),
    ("GET", "/vendor/who", entering.who),
    ("POST", "/vendor/who", entering.who_said),
    ("POST", "/vendor/sign-out", entering.sign_out),
    ("POST", "/vendor/signed-out", entering.signed_out),
    ("GET", "/vendor/dossiers", with_member(entering.dossiers)),
    ("POST", "/vendor/dossiers", with_member(entering.begin)),
)
# Of one dossier: who may, None for everybody who sees it, True for reviewers alone, False for none.
_DOSSIER: Final[tuple[tuple[str, str, Inside, bool | None], ...]] = (
    ("GET", "", answering.overview, None),
    ("GET", "/question/{question}", answering.question, None),
    ("POST", "/question/{question}", answering.answer, False),
    ("POST", "/question/{question}/evidence", proving.attach, False),
    ("POST", "/question/{question}/evidence/{file}", proving.detach, False),
    ("GET", "/file/{file}", proving.fetch, None),
    ("POST", "/question/{question}/review", proving.review, True),
    ("GET", "/product", adding.product, None),
    ("POST", "/product", adding.describe, False),
    ("GET", "/interviews", adding.interviews, None),
    ("POST", "/interviews", adding.record, True),
    ("GET", "/components", adding.components, None),
    ("POST", "/components", adding.add_components, False),
    ("GET", "/campaign", adding.campaign, None),
    ("POST", "/campaign", adding.add_campaign, None),
    ("GET", "/deeds", adding.deeds, None),
    ("GET", "/report", reporting.report, None),
    ("GET", "/report.pdf", reporting.paper, None),
    ("GET", "/offer", offering.offer, None),
    ("POST", "/offer", offering.change, None),
    ("GET", "/offer.jws", offering.signed, None),
)
_OUTDATED: Final[tuple[tuple[str, str, Inside, bool | None], ...]] = (
    ("GET", "/outdated", renewing.outdated, None),
    ("POST", "/outdated", renewing.take_over, False),
    ("GET", "/dossier.json", reporting.content, None),
    ("POST", "/delete", adding.delete, False),
)
_LARGE: Final = {
    "/question/{question}/evidence": proving.UPLOAD_LIMIT,
    "/components": adding.UPLOAD_LIMIT,
    "/campaign": adding.UPLOAD_LIMIT,
}


def _pages() -> Iterator[tuple[str, str, Page, int]]:
    """Yield method, path and page, and how many bytes its files may have."""
    for method, path, page in _VENDOR:
        yield method, path, page, 0
    for some, is_outdated in ((_DOSSIER, False), (_OUTDATED, True)):
        for method, below, inside, reviews in some:
            guarded = with_dossier(inside, reviews=reviews, is_outdated=is_outdated)
            yield method, f"{HOME}/dossier/{{dossier}}{below}", guarded, _LARGE.get(below, 0)


PAGES: Final = tuple(_pages())
