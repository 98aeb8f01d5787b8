"""Why a query by FHIR finds nothing to answer (IHE PIXm 3.1.0 §2:3.83.4.1.3, PDQm §2:3.78).

Refusal
└── PatientRefusal
    └── ExchangeRefusal
        ├── SourceNumberUnknown 404   the domain has no such number, or no longer
        ├── SourceDomainUnknown 400   the domain of the number is not registered
        ├── TargetDomainUnknown 403   a domain asked for is not registered
        ├── SearchTooBroad 422        more persons fit than a search may find
        ├── SubscriptionUnknown 404   the organisation has no such subscription
        └── SubscriptionsTooMany 422  the organisation has as many as it may have
"""

from reference_server.kernel.errors import given
from reference_server.services.patients.errors import PatientRefusal


class ExchangeRefusal(PatientRefusal):
    """A question of the FHIR API that has no answer."""


class SourceNumberUnknown(ExchangeRefusal):
    """The domain has no such number, or it was merged away; parameter `domain`."""

    status, issue_code, code = 404, "not-found", "source-number-unknown"
    example = given(domain="urn:oid:1.3.182.3.1.1.90200116.2")


class SourceDomainUnknown(ExchangeRefusal):
    """The domain of the number is not registered; parameter `domain`."""

    status, issue_code, code = 400, "code-invalid", "source-domain-unknown"
    example = given(domain="urn:oid:1.2.3")


class TargetDomainUnknown(ExchangeRefusal):
    """A domain asked for is not registered; parameter `domain`."""

    status, issue_code, code = 403, "code-invalid", "target-domain-unknown"
    example = given(domain="urn:oid:1.2.3")


class SearchTooBroad(ExchangeRefusal):
    """More persons fit than one search may find; parameter `most`."""

    issue_code, code = "too-costly", "search-too-broad"
    example = given(most=1000)


class SubscriptionUnknown(ExchangeRefusal):
    """The caller's organisation has no such subscription."""

    status, issue_code, code = 404, "not-found", "subscription-unknown"


class SubscriptionsTooMany(ExchangeRefusal):
    """The caller's organisation has as many subscriptions as it may have; parameter `most`."""

    issue_code, code = "too-costly", "subscriptions-too-many"
    example = given(most=20)
