"""Which path of the office's pages does what."""

from dataclasses import replace
from typing import Final

from reference_server.kernel.route import Handler, Route, Router
from reference_server.kernel.terms import Terms
from reference_server.kernel.web import PAGE_TERMS, refusal_page
from reference_server.kernel.web.forms import MULTIPART, URL_ENCODED
from reference_server.services.certificates.errors import (
    ApplicationStateWrong,
    ApplicationUnknown,
    CertificateUnknown,
    FourEyes,
)
from reference_server.services.certificates.pages import applying, holding, overview, processing
from reference_server.services.certificates.pages.desk import DESK, HOME
from reference_server.world import World

_FORM: Final = replace(PAGE_TERMS, reads=(URL_ENCODED,), success=303).refusing(
    ApplicationUnknown, ApplicationStateWrong, FourEyes
)
_LIMIT: Final = 64 * 1024
_SENT: Final = replace(_FORM, reads=(URL_ENCODED, MULTIPART))
_ASKED: Final = replace(PAGE_TERMS, query=("family", "renews", *PAGE_TERMS.query))
_PEM: Final = replace(PAGE_TERMS, writes=("application/pem-certificate-chain",))


def _get(path: str, handler: Handler[World], terms: Terms | None = None) -> Route[World]:
    # Whoever has no certificate yet comes here for one.
    return Route(method="GET", path=path, handler=handler, terms=terms, to_all=True)


def _post(path: str, handler: Handler[World], terms: Terms = _FORM) -> Route[World]:
    return Route(
        method="POST", path=path, handler=handler, terms=terms, body_limit=_LIMIT, to_all=True
    )


PAGES: Router[World] = Router(
    prefix=HOME,
    render=refusal_page,
    terms=PAGE_TERMS.refusing(ApplicationUnknown, CertificateUnknown),
    routes=(
        _get("", overview.home),
        _get("/letters", overview.letters),
        _get("/new", applying.show_form, _ASKED),
        _post("/new", applying.apply, _SENT),
        _get("/applications/{id}", processing.show_application),
        _post("/applications/{id}/deliver", processing.deliver, replace(_FORM, success=200)),
        _post("/applications/{id}/{act}", processing.act_on_application),
        _get("/certificates/{serial}", holding.show_certificate),
        _get("/certificates/{serial}/pem", holding.download, _PEM),
        _post("/certificates/{serial}/{act}", holding.change_certificate),
        *(replace(route, to_all=True) for route in DESK.routes()),
    ),
)
