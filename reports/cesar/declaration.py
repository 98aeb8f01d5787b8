"""The subject file of a practice that assesses itself, as text; writes no file."""

import json

from reports.cesar.answers import Draft
from scenarios.wording import visible


def subject_toml(draft: Draft, *, anonymous: str) -> str:
    """Return subject.toml; `anonymous` stands for a name that was not given."""
    name = visible(draft.name or "").strip() or anonymous
    lines = (
        "[product]",
        f"vendor = {_quoted(name)}",
        'name = "CESAR"',
        f"version = {_quoted(draft.bank)}",
        "",
        "[[roles]]",
        'actor = "practice"',
        "",
        "[practice]",
        f"size = {_quoted(str(draft.size))}",
        f"answered_by = {_quoted(str(draft.by))}",
    )
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a text as a TOML string; JSON quotes as TOML does."""
    return json.dumps(text, ensure_ascii=False)
