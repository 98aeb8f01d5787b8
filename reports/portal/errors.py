"""How the portal says no; knows no page.

Refusal
└── RequestRefusal
    ├── PageUnknown 404   ├── HostUnknown 421   ├── QuestionUnknown 404   ├── ResultUnreadable 422
    ├── DossierUnknown 404   ├── RoleWrong 403   └── TooOften 429
"""

from collections.abc import Mapping

from reference_server.kernel.errors import Mend, RequestRefusal, given


class PageUnknown(RequestRefusal):
    """There is no such page."""

    status, issue_code, code = 404, "not-found", "page-unknown"


class HostUnknown(RequestRefusal):
    """The request names a host that this portal is not."""

    status, issue_code, code = 421, "not-found", "host-unknown"


class QuestionUnknown(RequestRefusal):
    """The question does not exist, or does not concern this profile."""

    status, issue_code, code = 404, "not-found", "question-unknown"


class ResultUnreadable(RequestRefusal):
    """A file that should be an earlier result is none."""

    status, issue_code, code = 422, "invalid", "result-unreadable"
    mend = Mend.CORRECT


class DossierUnknown(RequestRefusal):
    """There is no such dossier, or it belongs to another organisation."""

    status, issue_code, code = 404, "not-found", "dossier-unknown"


class RoleWrong(RequestRefusal):
    """Answers are the organisation's, reviews the reviewer's: the other may not give them."""

    status, issue_code, code = 403, "forbidden", "role-wrong"


class TooOften(RequestRefusal):
    """So much came from one network in a short time that it has to wait; parameter `seconds`."""

    status, issue_code, code = 429, "throttled", "too-often"
    mend, example = Mend.RETRY, given(seconds=10)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.params["seconds"])}
