"""Why the directory takes a provider in or not.

Refusal
└── ProviderRefusal
    └── IdentifierMalformed   an eHealthID of other than 10 digits, or a CNS code of other than 8
"""

from reference_server.kernel.errors import Mend, Refusal, given


class ProviderRefusal(Refusal):
    """A provider cannot be taken into the directory."""

    status, issue_code = 422, "value"
    mend = Mend.CORRECT


class IdentifierMalformed(ProviderRefusal):
    """The identifier's form is wrong; parameter `name` says which."""

    code = "directory-identifier-malformed"
    example = given(name="ehealth_id")
