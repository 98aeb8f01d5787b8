"""How pages say no to what a browser sends; knows no page.

Refusal
└── RequestRefusal
    ├── FormUnreadable 400   ├── FormTooLarge 413   └── FormForged 403
"""

from reference_server.kernel.errors import Mend, RequestRefusal, given


class FormUnreadable(RequestRefusal):
    """The body is no form, or not one that can be read."""

    status, issue_code, code = 400, "structure", "form-unreadable"


class FormTooLarge(RequestRefusal):
    """Too many fields or files, or one of them is too large; `limit` says which and how much."""

    status, issue_code, code = 413, "too-long", "form-too-large"
    example = given(limit="100 fields")


class FormForged(RequestRefusal):
    """The form was not sent from a page that this visitor got from us."""

    status, issue_code, code = 403, "security", "form-forged"
    mend = Mend.RETRY
