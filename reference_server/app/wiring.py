"""Which services this server runs and what they say; the only place that knows them all."""

from functools import cache
from importlib.resources import files

from reference_server.kernel.migrations import Migration, read_migrations
from reference_server.kernel.service import Service
from reference_server.kernel.sql import Dialect
from reference_server.kernel.web import MESSAGES
from reference_server.kernel.web import migrations as web_migrations
from reference_server.services.audit import SERVICE as AUDIT
from reference_server.services.certificates import SERVICE as CERTIFICATES
from reference_server.services.documentation import SERVICE as DOCUMENTATION
from reference_server.services.patients import SERVICE as PATIENTS
from reference_server.services.prescriptions import SERVICE as PRESCRIPTIONS
from reference_server.services.providers import SERVICE as PROVIDERS
from reference_server.services.terminology import SERVICE as TERMINOLOGY
from reference_server.services.trust import SERVICE as TRUST
from reference_server.services.validation import SERVICE as VALIDATION
from reference_server.text import Catalogue
from reference_server.world import World, migrations

SERVICES: tuple[Service[World], ...] = (
    AUDIT,
    TRUST,
    CERTIFICATES,
    PROVIDERS,
    PATIENTS,
    PRESCRIPTIONS,
    TERMINOLOGY,
    VALIDATION,
    DOCUMENTATION,
)

_PACKAGE = "reference_server.services"


def homes_of_pages(services: tuple[Service[World], ...]) -> tuple[str, ...]:
    """Return the packages that may have static files for their pages."""
    return ("reference_server.app.errors", *(f"{_PACKAGE}.{each.name}" for each in services))


@cache
def all_migrations(
    services: tuple[str, ...], dialect: Dialect = Dialect.SQLITE
) -> tuple[Migration, ...]:
    """Return the tables of the World, of its pages and of the named services, read once."""
    return (
        *migrations(dialect),
        *web_migrations(dialect),
        *(
            migration
            for name in services
            for migration in read_migrations(name, files(_PACKAGE) / name / "sql", dialect=dialect)
        ),
    )


@cache
def full_catalogue(services: tuple[str, ...]) -> Catalogue:
    """Return every sentence of the server: the common ones and the named services' own."""
    common = files("reference_server.text") / "messages"
    validator = files("reference_server.fhir") / "messages"
    own = (files(_PACKAGE) / name / "messages" for name in services)
    folders = (common, MESSAGES, validator, *(folder for folder in own if folder.is_dir()))
    return Catalogue.load(*folders)
