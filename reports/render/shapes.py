"""Draws the verdict shapes and the emblem as SVG; knows colours and lines, no words."""

from markupsafe import Markup

from reports.labelling.decision import Outcome
from test_suites.core.verdict import Verdict

_LINE = 'fill="none" stroke="{ink}" stroke-width="1.9" stroke-linecap="round"'

# Each shape differs by outline and by sign, so that it reads without colour.
_SHAPES: dict[Verdict, str] = {
    Verdict.PASS: '<circle cx="8" cy="8" r="7.2" fill="{paint}"/>'
    f'<path d="M4.6 8.2l2.4 2.5 4.5-5" {_LINE}/>',
    Verdict.WARN: '<path d="M8 1l7.4 13.6H.6z" fill="{paint}"/>'
    f'<path d="M8 6v3.6M8 12.1v.1" {_LINE}/>',
    Verdict.REVIEW: '<path d="M8 .4L15.6 8 8 15.6.4 8z" fill="{paint}"/>'
    '<circle cx="8" cy="8" r="2.4" fill="{ink}"/>',
    Verdict.INCONCLUSIVE: '<rect x="1" y="1" width="14" height="14" rx="3.4" fill="{paint}"/>'
    f'<path d="M5.9 6a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.7-.9 1.3M8 12v.1" {_LINE}/>',
    Verdict.ERROR: '<path d="M4.2.9h7.6L15.6 8l-3.8 7.1H4.2L.4 8z" fill="{paint}"/>'
    f'<path d="M4.9 8h.1M8 8h.1M11.1 8h.1" {_LINE}/>',
    Verdict.FAIL: '<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" fill="{paint}"/>'
    f'<path d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2" {_LINE}/>',
    Verdict.NOT_APPLICABLE: '<circle cx="8" cy="8" r="6.4" fill="none" stroke="{paint}" '
    'stroke-width="1.5"/><path d="M5 8h6" fill="none" stroke="{paint}" stroke-width="1.7"/>',
}

_COLOURS: dict[Verdict, str] = {
    Verdict.PASS: "#1b6b41",
    Verdict.WARN: "#8a5200",
    Verdict.REVIEW: "#5d3f94",
    Verdict.INCONCLUSIVE: "#2d567d",
    Verdict.ERROR: "#7d2a63",
    Verdict.FAIL: "#a3191f",
    Verdict.NOT_APPLICABLE: "#5a6674",
}

_OUTCOMES: dict[Outcome, Verdict] = {
    Outcome.ELIGIBLE: Verdict.PASS,
    Outcome.SMALLER_SCOPE: Verdict.WARN,
    Outcome.NOT_ELIGIBLE: Verdict.FAIL,
    Outcome.UNDECIDED: Verdict.INCONCLUSIVE,
}

_EMBLEM = (
    '<svg class="emblem" viewBox="0 0 48 48" width="40" height="40" aria-hidden="true"'
    ' focusable="false"><rect width="48" height="48" rx="9" fill="#12395b"/>'
    '<path d="M13 17h22M13 24h15M13 31h22" stroke="#fff" stroke-width="3.2"'
    ' stroke-linecap="round" fill="none"/><circle cx="35" cy="24" r="3.4" fill="#e9b44c"/></svg>'
)


def slug(word: str) -> str:
    """Return a verdict word as it stands in class names and message ids."""
    return word.lower().replace("_", "-")


def colour(verdict: Verdict | str) -> str:
    """Return the ink of a verdict on white, at least 4.5 to 1."""
    return _COLOURS[Verdict(verdict)]


def drawn(verdict: Verdict | str) -> Markup:
    """Return a shape with its colours written in, for PDF."""
    word = Verdict(verdict)
    return Markup(_SHAPES[word].format(paint=_COLOURS[word], ink="#ffffff"))  # noqa: S704  constant drawings


def of_outcome(outcome: Outcome | str) -> Verdict:
    """Return the verdict whose shape an outcome borrows."""
    return _OUTCOMES[Outcome(outcome)]


def drawn_outcome(outcome: Outcome | str) -> Markup:
    """Return an outcome's shape with its colours written in, for PDF."""
    return drawn(of_outcome(outcome))


def sprite() -> Markup:
    """Return all shapes once, to be used by reference on the page."""
    symbols = "".join(
        f'<symbol id="shape-{slug(verdict)}" viewBox="0 0 16 16">'
        + shape.format(paint="currentColor", ink="var(--paper)")
        + "</symbol>"
        for verdict, shape in _SHAPES.items()
    )
    hidden = '<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">'
    return Markup(f"{hidden}{symbols}</svg>")  # noqa: S704  constant drawings


def emblem(pdf: bool) -> Markup:  # noqa: FBT001  called from templates
    """Return the lab's emblem; in a PDF it is an artefact and needs no other form."""
    return Markup(_EMBLEM.replace(' focusable="false"', "") if pdf else _EMBLEM)  # noqa: S704  constant drawing
