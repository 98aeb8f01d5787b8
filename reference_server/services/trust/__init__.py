"""The identity provider: people sign in, systems authenticate, tokens are issued and verified."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import AUDIT, PROVIDERS, TOKENS
from reference_server.ports.sign_in import SIGN_IN, VISITORS
from reference_server.services.trust.operations.bearer import BearerTokens
from reference_server.services.trust.operations.courier import COURIER, Courier
from reference_server.services.trust.operations.people import PeopleSignIn
from reference_server.services.trust.operations.visitors import PageVisitors
from reference_server.services.trust.router import AT_FHIR, ROUTER
from reference_server.services.trust.rules import describe
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="trust",
    title="Identity provider",
    router=ROUTER,
    elsewhere=(AT_FHIR,),
    provides=(
        provide(TOKENS, BearerTokens),
        provide(COURIER, Courier),
        provide(SIGN_IN, PeopleSignIn),
        provide(VISITORS, PageVisitors),
    ),
    needs=(AUDIT, PROVIDERS),
    describes=describe,
)
