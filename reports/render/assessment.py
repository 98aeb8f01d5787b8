"""A self-assessment's measures as its pages show them; draws on the report and the questions."""

from collections.abc import Iterator
from dataclasses import dataclass

from reports.cesar.bank import Bank, Measure, Word, load_bank
from reports.cesar.standing import State, standings
from reports.render.model import FindingPart, Report, Requirement
from reports.render.texts import Texts

SECTIONS = ("steps", "answers", "how", "made", "evidence", "excerpts")
SAID: dict[str, Word] = {
    "check.declared.held": "yes",
    "check.unobserved.declared-unknown": "unknown",
    "check.unobserved.declared-not-applicable": "not-applicable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One measure with its requirement in the report and what was found; `word` the answer."""

    number: int
    measure: Measure
    requirement: Requirement
    finding: FindingPart | None
    state: State
    word: Word | None


def items(report: Report, bank: Bank | None = None) -> tuple[Item, ...]:
    """Return every measure of a self-assessment in the order asked; none of another report."""
    return () if report.kind != "self-assessment" else tuple(_items(report, bank or load_bank()))


def _items(report: Report, bank: Bank) -> Iterator[Item]:
    requirements = {one.id: one for one in report.requirements}
    findings = {one.requirement: one for one in report.findings}
    verdicts = {one.id: one.verdict for one in report.requirements}
    answers = {one.requirement: one.actual for one in report.findings}
    for standing in standings(bank, verdicts, answers):
        measure = standing.measure
        finding = findings.get(measure.requirement)
        yield Item(
            number=bank.measures.index(measure) + 1,
            measure=measure,
            requirement=requirements[measure.requirement],
            finding=finding,
            state=standing.state,
            word=None if finding is None else _word(finding, partly=standing.partly),
        )


def _word(finding: FindingPart, *, partly: bool) -> Word | None:
    """Return the answer that a finding stands for; None where none could be used."""
    if finding.fact == "broken":
        return "partly" if partly else "no"
    return SAID.get(finding.message_id)


def answer(item: Item, spoken: Texts) -> str:
    """Return the answer in words, with what it says of the practice."""
    if item.word is None:
        return spoken.t("cesar.answer.none")
    label, meaning = spoken.t(f"cesar.word.{item.word}"), item.measure.meaning(item.word)
    if meaning is None:
        return spoken.t("cesar.offer.bare", word=label)
    return spoken.t("cesar.offer", word=label, meaning=spoken.tt(meaning))


def sources(item: Item, spoken: Texts) -> str:
    """Return what touches the same matter, as one list."""
    named = (
        f"{spoken.t(f'cesar.source.{one.source.lower()}')} {one.clause}"
        for one in item.measure.sources
    )
    return spoken.t("cesar.between").join(named)
