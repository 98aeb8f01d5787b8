"""How the table of permissions says no (`kernel.access`); knows no row of it.

AccessRefusal
└── NotAllowed                     a known caller may not
    ├── ProfessionNotAllowed 403   ├── PurposeNotAllowed 403   ├── PurposeUnclear 400
    ├── EnvironmentNotAllowed 403  ├── CertificateNamesAnother 403
    └── CertificateOfOtherFamily 403
"""

from collections.abc import Mapping

from reference_server.kernel.errors import AccessRefusal, Mend, given


class NotAllowed(AccessRefusal):
    """A known caller may not; another token of the same kind would not help."""

    status, issue_code = 403, "forbidden"
    mend = Mend.ASK

    @property
    def headers(self) -> Mapping[str, str]:
        return {}


class ProfessionNotAllowed(NotAllowed):
    """This profession may not do this; parameter `profession`, `-` for a system."""

    code = "profession-not-allowed"
    example = given(profession="PS-005")


class PurposeNotAllowed(NotAllowed):
    """Not for this purpose of use; parameter `purpose`."""

    code, mend = "purpose-not-allowed", Mend.CORRECT
    example = given(purpose="HPAYMT")


class PurposeUnclear(NotAllowed):
    """The purpose of use is none we know, or another than the token's; parameter `purpose`."""

    status, issue_code, code, mend = 400, "value", "purpose-unclear", Mend.CORRECT
    example = given(purpose="HMARKT")


class EnvironmentNotAllowed(NotAllowed):
    """This is not done in this environment; parameter `environment`."""

    code = "environment-not-allowed"
    example = given(environment="production")


class CertificateNamesAnother(NotAllowed):
    """The client certificate names neither the token's person nor one whose team they are in."""

    code = "certificate-names-another"


class CertificateOfOtherFamily(NotAllowed):
    """A professional's token came with a certificate that is nobody's own, and not bound to it."""

    code = "certificate-of-other-family"
