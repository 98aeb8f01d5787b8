"""The certificate authority: who holds which certificate, and what it is worth."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import AUDIT, CERTIFICATES, PROVIDERS, TOKENS
from reference_server.ports.sign_in import VISITORS
from reference_server.services.certificates.describe import describe
from reference_server.services.certificates.operations.provided import ProvidedCertificates
from reference_server.services.certificates.pages import PAGES
from reference_server.services.certificates.router import ACME, OFFICE, ROUTER
from reference_server.services.certificates.rules.access import PERMITS
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="certificates",
    title="Certificate authority",
    router=ROUTER,
    elsewhere=(OFFICE, ACME, PAGES),
    provides=(provide(CERTIFICATES, ProvidedCertificates),),
    needs=(AUDIT, PROVIDERS, TOKENS, VISITORS),
    describes=describe,
    permits=PERMITS,
)
