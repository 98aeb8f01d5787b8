"""Renders report.html, and the markup of report.pdf, from a report alone; decides nothing."""

import base64
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.render import assessment, model, shapes
from reports.render.texts import Texts, glossary, texts
from test_suites.core.verdict import Fact, Verdict

# On paper the fonts must be inside the file; a screen has good ones of its own.
PAPER_FONTS = (
    ("Source Sans Pro", 400, "font_source_sans_pro", "SourceSansPro-Regular.ttf"),
    ("Source Sans Pro", 600, "font_source_sans_pro", "SourceSansPro-Semibold.ttf"),
    ("Source Serif Pro", 600, "font_source_serif_pro", "SourceSerifPro-Semibold.ttf"),
)
# A PDF is read on paper: it shows what needs attention in full and the rest as figures.
PDF_FILES = 40
PDF_EXCERPT = 900
PDF_FINDINGS = 24
PDF_ALIKE = 2
PDF_EXCERPTS = 6
SHORT_LIST = 6
CALM = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One numbered section, in the order of a test report after ISO/IEC 17025."""

    anchor: str
    title: str
    template: str | None
    number: str = ""


_SECTIONS = (
    ("reading", "reading.j2"),
    ("product", "product.j2"),
    ("scope", "scope.j2"),
    ("method", "method.j2"),
    ("rules", "rules.j2"),
    ("summary", "summary.j2"),
    ("requirements", "requirements.j2"),
    ("uncovered", "uncovered.j2"),
    ("findings", "findings.j2"),
    ("deviations", "deviations.j2"),
    ("statement", "statement.j2"),
    ("authority", "authority.j2"),
    ("cases", "cases.j2"),
    ("evidence", "evidence.j2"),
    ("excerpts", "excerpts.j2"),
    ("glossary", "glossary.j2"),
)


def render_html(report: model.Report, *, language: str = "fr") -> str:
    """Return report.html: one self-contained page without any outside request or script."""
    return _render(report, language, pdf=False)


def render_print(report: model.Report, *, language: str = "fr") -> str:
    """Return the markup that becomes report.pdf: held findings as figures only."""
    return _render(report, language, pdf=True)


def _render(report: model.Report, language: str, *, pdf: bool) -> str:
    """Fill the page template."""
    spoken = texts(language, report.kind)
    return (
        environment(spoken)
        .get_template("report.html.j2")
        .render(
            report=report,
            language=language,
            pdf=pdf,
            stylesheet=_paper(report, spoken) if pdf else stylesheet(),
            sections=_sections(report, pdf=pdf),
            front="assessment_front.j2" if assessment.items(report) else "front.j2",
            issuer=_issuer(report),
            shapes=shapes,
            verdicts=tuple(Verdict),
            glossary=glossary(),
            **sentences(spoken),
            **_views(report, pdf=pdf),
            **_assessment(report, spoken),
        )
    )


@cache
def environment(spoken: Texts) -> Environment:
    """Return the template environment of a language; a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("reports.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        slug=shapes.slug,
        anchor=anchor,
        pieces=pieces,
        shortlist=shortlist,
        day=spoken.day,
        moment=spoken.moment,
    )
    return made


def anchor(name: str, prefix: str) -> str:
    """Return the fragment id of a requirement, case or finding."""
    if re.fullmatch(r"[A-Za-z0-9-]+", name):
        return f"{prefix}-{name}"
    return f"{prefix}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def pieces(text: str) -> Markup:
    """Return a digest or a file name that may break between groups of sixteen characters."""
    parts = (text[at : at + 16] for at in range(0, len(text), 16))
    return Markup("<wbr>").join(parts)


def shortlist(ids: Iterable[str]) -> str:
    """Return some ids for the first page; the rest stand in the matrix below."""
    listed = tuple(ids)
    more = ", …" if len(listed) > SHORT_LIST else ""
    return ", ".join(listed[:SHORT_LIST]) + more


def _sections(report: model.Report, *, pdf: bool) -> tuple[Section, ...]:
    """Return the sections of a report's kind; on paper a self-assessment has no excerpts."""
    if report.kind != "self-assessment":
        return _numbered("report.section.", _SECTIONS)
    shown = (name for name in assessment.SECTIONS if name != "excerpts" or not pdf)
    return _numbered("cesar.section.", ((name, f"{name}.j2") for name in shown))


def _numbered(titles: str, named: Iterable[tuple[str, str]]) -> tuple[Section, ...]:
    """Return sections with their numbers; the first page is section 1."""
    return (
        Section(anchor="front", title=f"{titles}front", template=None),
        *(
            Section(anchor=name, title=f"{titles}{name}", template=template, number=f"{at}")
            for at, (name, template) in enumerate(named, start=2)
        ),
    )


def _issuer(report: model.Report) -> str:
    """Return whose word a report is: the lab's, or that of a practice on itself."""
    return report.subject.vendor if report.kind == "self-assessment" else report.lab.name


def _assessment(report: model.Report, spoken: Texts) -> dict[str, object]:
    """Return what the pages of a self-assessment look up; nothing of it for others."""
    shown = assessment.items(report)
    states = Counter(item.state.value for item in shown)
    return {
        "items": shown,
        "state_count": states.__getitem__,
        "answer_of": lambda item: assessment.answer(item, spoken),
        "sources_of": lambda item: assessment.sources(item, spoken),
    }


def sentences(spoken: Texts) -> dict[str, object]:
    """Return the sentences as templates call them."""
    return {
        "t": spoken.t,
        "tt": spoken.tt,
        "say": spoken.say,
        "names": spoken.names,
        "bar_label": lambda tally: _bar_label(tally, spoken),
    }


def _bar_label(tally: Mapping[Verdict, int], spoken: Texts) -> str:
    """Return a bar's text alternative: every count in words."""
    return ", ".join(
        f"{spoken.t(f'report.verdict.{shapes.slug(verdict)}')}{spoken.t('report.colon')} {count}"
        for verdict, count in tally.items()
        if count
    )


def _views(report: model.Report, *, pdf: bool) -> dict[str, object]:
    """Return the report's parts as the templates look them up."""
    findings = {finding.id: finding for finding in report.findings}
    by_record: dict[int, list[model.FindingPart]] = defaultdict(list)
    for finding in report.findings:
        if finding.evidence is not None:
            by_record[finding.evidence.record].append(finding)
    attention = needs_attention(report.findings)
    in_full = _worth_paper(attention) if pdf else attention
    excerpts = _excerpts(report, in_full) if pdf else report.excerpts
    return {
        "requirements": {one.id: one for one in report.requirements},
        "findings_of": lambda requirement: [findings[one] for one in requirement.findings],
        "findings_citing": by_record.__getitem__,
        "held": lambda one: sum(findings[f].fact is Fact.HELD for f in one.findings),
        "attention": attention,
        "in_full": in_full,
        "in_brief": tuple(one for one in attention if one not in in_full),
        "excerpts": excerpts,
        "cited": {excerpt.record for excerpt in excerpts},
        "matrix": _matrix(report.requirements),
        "untested": [one for one in report.requirements if one.untested_because],
        "coverage": _coverage(report.requirements),
        "shown_verdicts": _shown(report.counts),
        "files": report.evidence[:PDF_FILES] if pdf else report.evidence,
    }


def needs_attention(findings: tuple[model.FindingPart, ...]) -> tuple[model.FindingPart, ...]:
    """Return what somebody has to look at, the worst first."""
    telling = (finding for finding in findings if finding.verdict not in CALM)
    return tuple(sorted(telling, key=lambda f: (-f.verdict.rank, f.requirement, f.id)))


def _matrix(
    requirements: tuple[model.Requirement, ...],
) -> list[tuple[model.Authority, list[model.Requirement]]]:
    """Return the requirements by authority, in the authorities' order."""
    order = {authority: at for at, authority in enumerate(model.AUTHORITIES)}
    ordered = sorted(requirements, key=lambda one: (order[one.authority], one.id))
    return [(name, list(group)) for name, group in groupby(ordered, lambda one: one.authority)]


def _coverage(requirements: tuple[model.Requirement, ...]) -> list[dict[str, object]]:
    """Return per obligation how many requirements there are, were exercised and held."""
    return [
        {
            "obligation": obligation,
            "total": sum(one.obligation == obligation for one in requirements),
            "exercised": sum(
                one.obligation == obligation and bool(one.findings) for one in requirements
            ),
            "passed": sum(
                one.obligation == obligation and one.verdict is Verdict.PASS for one in requirements
            ),
        }
        for obligation in ("MUST", "SHOULD", "MAY")
    ]


def _shown(counts: model.Counts) -> tuple[Verdict, ...]:
    """Return the verdicts that have a column on page 1: PASS and FAIL always, others if any."""
    always = {Verdict.PASS, Verdict.FAIL}
    return tuple(v for v in Verdict if v in always or counts.requirements[v])


def _worth_paper(findings: tuple[model.FindingPart, ...]) -> tuple[model.FindingPart, ...]:
    """Return what paper shows in full: of each requirement and verdict the first ones."""
    seen: Counter[tuple[str, Verdict]] = Counter()
    chosen = []
    for finding in findings:
        alike = (finding.requirement, finding.verdict)
        seen[alike] += 1
        if seen[alike] <= PDF_ALIKE:
            chosen.append(finding)
    return tuple(chosen[:PDF_FINDINGS])


def _excerpts(
    report: model.Report, findings: tuple[model.FindingPart, ...]
) -> tuple[model.Excerpt, ...]:
    """Return the excerpts that paper has room for: of the worst findings, and shortened."""
    records = dict.fromkeys(f.evidence.record for f in findings if f.evidence)
    chosen = set(tuple(records)[:PDF_EXCERPTS])
    return tuple(_shorter(one) for one in report.excerpts if one.record in chosen)


def _shorter(excerpt: model.Excerpt) -> model.Excerpt:
    """Return an excerpt as long as paper bears; the page has all of it."""
    if max(len(excerpt.sent or ""), len(excerpt.answered or "")) <= PDF_EXCERPT:
        return excerpt
    return excerpt.model_copy(
        update={
            "sent": excerpt.sent and excerpt.sent[:PDF_EXCERPT],
            "answered": excerpt.answered and excerpt.answered[:PDF_EXCERPT],
            "shortened": True,
        }
    )


def stylesheet() -> Markup:
    """Return the whole stylesheet of a web page."""
    return Markup(_css("style.css") + _css("screen.css"))  # noqa: S704  our own files


def _paper(report: model.Report, spoken: Texts) -> Markup:
    """Return the stylesheet of the PDF, with its running heads and feet."""
    paper = _css("paper.css")
    words = {
        "number": report.report_number,
        "lab": _issuer(report),
        "phrase": spoken.t("report.local.phrase"),
        "care": f"{spoken.t('report.local.care')} {spoken.t('report.local.affiliation')}",
        "page": spoken.t("report.page"),
        "of": spoken.t("report.page-of"),
    }
    for name, text in words.items():
        paper = paper.replace(f'"{{{name}}}"', css_string(text))
    return Markup(_css("style.css") + paper)  # noqa: S704  our own files, quoted strings


def _css(name: str) -> str:
    """Return one of our stylesheets."""
    return (resources.files("reports.render") / name).read_text(encoding="utf-8")


def css_string(text: str) -> str:
    """Return a text as a CSS string that cannot end its string or its element."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'


@cache
def fonts() -> str:
    """Return the paper's fonts as CSS."""
    return "".join(_font_face(*font) for font in PAPER_FONTS)


def _font_face(family: str, weight: int, package: str, file: str) -> str:
    """Return one font of an installed package; the renderer fetches nothing, not even a file."""
    content = (resources.files(package) / "files" / file).read_bytes()
    data = base64.b64encode(content).decode("ascii")
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};'
        f'src:url("data:font/ttf;base64,{data}") format("truetype")}}\n'
    )
