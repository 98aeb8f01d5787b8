"""A result with its sentences in one language, as pages and papers show it; decides nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reference_server.kernel.web.charts import Series
from reports.cesar.questions import Catalogue, Instrument, Question
from reports.cesar.ranking import FIRST, Horizon
from reports.cesar.replies import Reply
from reports.cesar.result import ActionResult, QuestionResult, Result
from reports.render.texts import Texts, texts

LATER: Final[tuple[Horizon, ...]] = ("30-days", "90-days", "180-days")
NONE: Final = "\N{EN DASH}"
_LETTERS: Final = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAction:
    """One thing to do: how it stands, where to get, and who does what."""

    number: int
    id: str
    asked: str
    now: str
    goal: str
    find_out: bool
    urgent: bool
    why: str
    me: str
    provider: str
    proof: str
    effort: str
    cost: str
    effect: str
    after: tuple[str, ...]
    horizon: Horizon
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """One question with its answer; `state` is a message id below `cesar.sheet.state`."""

    id: str
    asked: str
    answer: str
    goal: str
    state: str
    grade: str
    supplied: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDomain:
    """One domain: its numbers from 0 to 100, as figures and as they are written."""

    id: str
    name: str
    low: float
    high: float
    written: str
    answers: tuple[ShownAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything that is said of one result, in one language.

    `me` and `provider` are the words for who does what.
    """

    title: str
    language: str
    profile: tuple[tuple[str, str], ...]
    band: str
    letter: str
    meaning: str
    me: str
    provider: str
    uncapped: str
    capped: bool
    open: tuple[str, ...]
    half: tuple[str, ...]
    low: str
    high: str
    is_range: bool
    coverage: int
    confidence: int
    domains: tuple[ShownDomain, ...]
    first: tuple[ShownAction, ...]
    later: tuple[tuple[Horizon, tuple[ShownAction, ...]], ...]
    strengths: tuple[str, ...]
    version: str

    def curves(
        self, text: Callable[[str], str], earlier: "Shown | None" = None
    ) -> tuple[Series, ...]:
        """Return the curves of the radar: today, at best where unknowns remain, and before."""
        named = [("now-low", tuple(one.low for one in self.domains))]
        if self.is_range:
            named.append(("now-high", tuple(one.high for one in self.domains)))
        if earlier is not None:
            known = {one.id: one.low for one in earlier.domains}
            named.append(("before", tuple(known.get(one.id, 0.0) for one in self.domains)))
        return tuple(
            Series(label=text(f"cesar.sheet.{name}"), values=values) for name, values in named
        )

    @property
    def actions(self) -> tuple[ShownAction, ...]:
        """Every action in its order."""
        return (*self.first, *(one for _, some in self.later for one in some))


def shown(instrument: Instrument, result: Result, language: str) -> Shown:
    """Return a result in a language; the instrument must be the version that was answered."""
    return _Reader(instrument=instrument, result=result, spoken=texts(language)).shown()


def figure(value: float, spoken: Texts) -> str:
    """Return a number with the decimal sign of the language."""
    return f"{value:g}".replace(".", spoken.t("cesar.result.decimal"))


def written(question: Question, reply: Reply | None, spoken: Texts) -> str:
    """Return what an answer says; of a question that was skipped, that it was."""
    if reply is None:
        return spoken.t("cesar.sheet.skipped")
    if reply.level is not None:
        return question.ladder[reply.level].of(spoken.language)
    if reply.kind == "not-applicable":
        return question.not_applicable[0].text.of(spoken.language)
    return spoken.t("cesar.word.unknown")


def supplied(reply: Reply | None, spoken: Texts) -> str:
    """Return whose word an answer is, where it is a supplier's; nothing where it is one's own."""
    if reply is None or reply.supplied is None:
        return ""
    return spoken.t(
        "cesar.sheet.supplied",
        supplier=reply.supplied.supplier,
        product=reply.supplied.product,
        date=spoken.day(reply.answered),
        grade=reply.evidence,
    )


def cost(question: Question, spoken: Texts) -> str:
    """Return what a measure costs, once."""
    low, high = question.cost.low, question.cost.high
    return spoken.t("cesar.cost", low=low, high=high) if high else spoken.t("cesar.sheet.free")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Owns one reading: which instrument, which result, in which language."""

    instrument: Instrument
    result: Result
    spoken: Texts

    def shown(self) -> Shown:
        result, t = self.result, self.spoken.t
        is_vendor = self.instrument.name == "vendor"
        sheet = "cesar.sheet.vendor" if is_vendor else "cesar.sheet"
        done = tuple(
            self._action(number, one) for number, one in enumerate(result.actions, start=1)
        )
        return Shown(
            title=self.instrument.title.of(self.spoken.language),
            language=self.spoken.language,
            profile=tuple(self._profile()),
            band=result.band,
            letter=result.band if result.band in _LETTERS else NONE,
            meaning=t(f"{sheet}.band.{result.band.casefold()}"),
            me=t(f"{sheet}.me"),
            provider=t(f"{sheet}.provider"),
            uncapped=result.uncapped,
            capped=result.band != result.uncapped,
            open=self._questions(result.open),
            half=self._questions(result.half),
            low=figure(result.low, self.spoken),
            high=figure(result.high, self.spoken),
            is_range=result.high > result.low,
            coverage=int(result.coverage * 100),
            confidence=round(result.confidence * 100),
            domains=self._domains(),
            first=tuple(one for one in done if one.horizon == "first"),
            later=tuple(
                (horizon, tuple(one for one in done if one.horizon == horizon)) for horizon in LATER
            ),
            strengths=self._questions(one.id for one in result.questions if _is_strength(one))[
                :FIRST
            ],
            version=result.replies.version,
        )

    def _profile(self) -> Iterable[tuple[str, str]]:
        t, replies = self.spoken.t, self.result.replies
        if replies.profession:
            yield t("cesar.sheet.profession"), t(f"cesar.profession.{replies.profession}")
        if replies.size:
            yield t("cesar.sheet.size"), t(f"cesar.size.{replies.size}")
        named = [t(f"cesar.sheet.tag.{tag}") for tag in sorted(replies.tags)]
        if named:
            yield t("cesar.sheet.has"), ", ".join(named)

    def _questions(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._asked(self.instrument.question(one)) for one in ids)

    def _asked(self, question: Question) -> str:
        return question.asked(self.result.replies.profession).of(self.spoken.language)

    def _domains(self) -> tuple[ShownDomain, ...]:
        judged = {one.id: one for one in self.result.questions}
        domains = {one.id: one for one in self.instrument.domains}
        return tuple(
            ShownDomain(
                id=one.id,
                name=domains[one.id].name.of(self.spoken.language),
                low=one.low,
                high=one.high,
                written=self._range(one.low, one.high),
                answers=tuple(
                    self._answer(question, judged.get(question.id))
                    for question in domains[one.id].questions
                    if question.id in judged or question.id in self.result.replies.replies
                ),
            )
            for one in self.result.domains
        )

    def _range(self, low: float, high: float) -> str:
        least, most = f"{low:.0f}", f"{high:.0f}"
        return least if least == most else f"{least}\N{EN DASH}{most}"

    def _answer(self, question: Question, judged: QuestionResult | None) -> ShownAnswer:
        reply = self.result.replies.replies.get(question.id)
        goal = "" if judged is None else question.ladder[judged.target].of(self.spoken.language)
        return ShownAnswer(
            id=question.id,
            asked=self._asked(question),
            answer=written(question, reply, self.spoken),
            goal=goal,
            state=_state(judged),
            grade=reply.evidence if reply is not None and reply.kind == "level" else "",
            supplied=supplied(reply, self.spoken),
        )

    def _action(self, number: int, action: ActionResult) -> ShownAction:
        question = self.instrument.question(action.question)
        target = next(one.target for one in self.result.questions if one.id == question.id)
        language, t = self.spoken.language, self.spoken.t
        return ShownAction(
            number=number,
            id=question.id,
            asked=self._asked(question),
            now=written(question, self.result.replies.replies.get(question.id), self.spoken),
            goal=question.ladder[target].of(language),
            find_out=action.find_out,
            urgent=action.urgent,
            why=question.why.of(language),
            me=question.do.of(language),
            provider=question.ask.of(language),
            proof=question.proof.of(language),
            effort=t(f"cesar.effort.{question.effort}"),
            cost=cost(question, self.spoken),
            effect=t("cesar.sheet.points", points=figure(action.effect, self.spoken)),
            after=self._questions(action.after),
            horizon=action.horizon,
            controls=tuple(_controls(question.controls, self.spoken)),
        )


def _controls(controls: Mapping[Catalogue, tuple[str, ...]], spoken: Texts) -> Iterable[str]:
    for name, clauses in controls.items():
        source = spoken.t(f"cesar.sheet.control.{name.replace('_', '-')}")
        yield f"{source} {', '.join(clauses)}"


def _is_strength(one: QuestionResult) -> bool:
    return one.level is not None and one.above_target and not one.doubted


def _state(judged: QuestionResult | None) -> str:
    if judged is None:
        return "left-out"
    if judged.skipped or judged.level is None:
        return "unknown"
    if judged.doubted:
        return "doubted"
    return "reached" if judged.counted >= judged.target else "gap"
