"""For the check of what a practice declares: an answer on which it holds, and one that breaks."""

import json
from dataclasses import replace

from scenarios.model import Step
from test_suites.core.transcript import ExhibitKind
from test_suites.core.verdict import Mode
from test_suites.core.view import View
from tests.test_suites.core.build import Loose, exhibit, view

ASKED = Step.model_validate(
    {
        "id": "act",
        "from": "practice",
        "to": "practice",
        "operation": "declare",
        "as": "cabinet-meyer",
    }
)


def answered(answer: str, *, question: str = "P2", reason: str | None = None) -> View:
    """Return what the check sees of one answer, where "alone" is the only reason allowed."""
    content = json.dumps({"question": question, "answer": answer, "reason": reason})
    return recorded(content.encode())


def recorded(content: bytes, **params: Loose) -> View:
    """Return what the check sees of an answer as it was recorded."""
    kept = exhibit(ExhibitKind.ANSWER, content, name="P2", producer="practice")
    declared = replace(kept, mode=Mode.DECLARED)
    asked = {"question": "P2", "reasons": ["alone"], **params}
    return view("declared", declared, about="practice", act=ASKED, **asked)


HOLDS: dict[str, View] = {"declared": answered("yes")}
BREAKS: dict[str, View] = {"declared": answered("partly")}
