"""Why the directory takes a provider in or not, and why it shows none.

Refusal
└── ProviderRefusal
    ├── IdentifierMalformed   422, an eHealthID has 10 digits, a CNS code 8
    ├── EntryMalformed        422, a resource lacks, or misshapes, what the directory needs
    ├── EntryNotFound         404, never known here
    └── EntryGone             410, taken out
"""

from reference_server.kernel.errors import Mend, Refusal, given


class ProviderRefusal(Refusal):
    """A provider cannot be taken into the directory, or is not in it."""

    status, issue_code = 422, "value"
    mend = Mend.CORRECT


class IdentifierMalformed(ProviderRefusal):
    """The identifier's form is wrong; parameter `name` says which."""

    code = "directory-identifier-malformed"
    example = given(name="ehealth_id")


class EntryMalformed(ProviderRefusal):
    """A resource lacks, or misshapes, what the directory needs; parameter `name`."""

    code = "directory-entry-malformed"
    example, example_at = given(name="name"), "Organization.name"


class EntryNotFound(ProviderRefusal):
    """The directory has never known this resource; parameter `name` is its type."""

    status, issue_code, code = 404, "not-found", "directory-entry-not-found"
    example = given(name="Practitioner")


class EntryGone(ProviderRefusal):
    """The resource was taken out of the directory; parameter `name` is its type."""

    status, issue_code, code = 410, "deleted", "directory-entry-gone"
    example = given(name="Practitioner")
