"""A small label scheme made for tests: a core, an option and a second module."""

from collections.abc import Mapping

from reports.labelling.decision import Judged
from reports.labelling.scheme import Scheme
from test_suites.core.verdict import Verdict

TEXT = {"fr": "texte", "en": "text", "de": "Text"}
CORE = ("C-1", "C-2", "C-3")
OPTION = ("O-1", "O-2")
OTHER = ("S-1", "S-2")
AUTHORITIES = ("law", "national", "european", "assumed")
TOLERATED = (Verdict.PASS, Verdict.WARN)


def scheme(*, minimum: int = 1, core: tuple[str, ...] = CORE) -> Scheme:
    return Scheme.model_validate(
        {
            "format": "equalis-scheme/1",
            "id": "TEST",
            "version": "1.0",
            "title": TEXT,
            "minimum_binding": minimum,
            "tolerated": ["PASS", "WARN"],
            "severities": {"must": "major", "should": "minor", "may": "observation"},
            "validity": {"months": 24, "bound_to": TEXT},
            "surveillance": [{"id": "yearly", "text": TEXT}],
            "modules": [
                {
                    "id": "M-laboratory",
                    "actor": "laboratory",
                    "title": TEXT,
                    "required": list(core),
                    "critical": ["C-1"],
                    "may_not_apply": ["C-3"],
                    "options": [
                        {
                            "id": "plan-b",
                            "capability": "plan-b",
                            "title": TEXT,
                            "required": list(OPTION),
                        }
                    ],
                },
                {
                    "id": "M-prescriber",
                    "actor": "prescriber",
                    "title": TEXT,
                    "required": list(OTHER),
                },
            ],
        }
    )


def judged(verdicts: Mapping[str, Verdict], *, authority: str = "law") -> tuple[Judged, ...]:
    return tuple(Judged(id=one, authority=authority, verdict=v) for one, v in verdicts.items())
