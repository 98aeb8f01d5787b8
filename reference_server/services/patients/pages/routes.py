"""Where the pages of identity officers are; decides nothing."""

from dataclasses import replace
from typing import Final

from reference_server.kernel.route import Route, Router
from reference_server.kernel.web import PAGE_TERMS, refusal_page
from reference_server.kernel.web.forms import URL_ENCODED
from reference_server.kernel.web.pagination import PARAMETER as PAGE
from reference_server.services.patients.pages.persons import find_identity, separate, show_identity
from reference_server.services.patients.pages.visits import (
    HOME,
    sign_in,
    sign_in_page,
    sign_out,
)
from reference_server.services.patients.pages.worklist import decide, show_list, show_pair
from reference_server.world import World

_SMALL: Final = 16 * 1024
_FORM: Final = replace(PAGE_TERMS, reads=(URL_ENCODED,), success=303)

PAGES: Router[World] = Router(
    prefix=HOME,
    render=refusal_page,
    terms=PAGE_TERMS,
    routes=(
        Route(
            method="GET",
            path="",
            handler=show_list,
            terms=replace(PAGE_TERMS, query=("decision", PAGE, *PAGE_TERMS.query)),
        ),
        Route(
            method="GET",
            path="/persons",
            handler=find_identity,
            terms=replace(PAGE_TERMS, query=("number", *PAGE_TERMS.query)),
        ),
        Route(method="GET", path="/persons/{mpi}", handler=show_identity),
        Route(
            method="POST", path="/persons/{mpi}", handler=separate, terms=_FORM, body_limit=_SMALL
        ),
        Route(method="GET", path="/sign-in", handler=sign_in_page),
        Route(method="POST", path="/sign-in", handler=sign_in, terms=_FORM, body_limit=_SMALL),
        Route(method="POST", path="/sign-out", handler=sign_out, terms=_FORM, body_limit=_SMALL),
        Route(method="GET", path="/pairs/{low}/{high}", handler=show_pair),
        Route(
            method="POST",
            path="/pairs/{low}/{high}",
            handler=decide,
            terms=_FORM,
            body_limit=_SMALL,
        ),
    ),
)
