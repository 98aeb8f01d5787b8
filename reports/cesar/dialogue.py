"""The twelve questions as a dialogue of plain lines; what is heard and said comes from outside."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reports.cesar.answers import ROLES, Answer, Draft, concerns
from reports.cesar.bank import SIZES, Bank, Measure, Word
from reports.cesar.voice import BackError, Voice
from scenarios.model import Text
from scenarios.wording import visible

LONGEST_NAME: Final = 200
# Each language has letters of its own; all of them are understood in every language.
LETTERS: Final[dict[Word, dict[str, str]]] = {
    "yes": {"fr": "o", "en": "y", "de": "j"},
    "partly": {"fr": "p", "en": "p", "de": "t"},
    "no": {"fr": "n", "en": "n", "de": "n"},
    "unknown": {"fr": "s", "en": "u", "de": "w"},
    "not-applicable": {"fr": "x", "en": "x", "de": "x"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Owns how the questions are put, in one language and at one width.

    `ask` shows a prompt and returns a line; it raises EOFError where nobody answers any more.
    `keep` is given the draft after each answer, `now` returns the time (UTC) as text. With
    `size_given` the draft's size is settled, and nobody is asked for it.
    """

    bank: Bank
    t: Callable[..., str]
    language: str
    width: int
    say: Callable[[str], None]
    ask: Callable[[str], str]
    keep: Callable[[Draft], None]
    now: Callable[[], str]
    size_given: bool = False

    def run(self, draft: Draft) -> Draft:
        """Return the draft with every answer; begins where it was left.

        Raises StoppedError and EOFError; what was answered until then was kept.
        """
        turns: Sequence[Callable[[Draft], Draft]] = (
            self._name,
            self._size,
            self._role,
            *(self._asker(measure) for measure in self.bank.measures),
            self._end,
        )
        self._introduce(draft)
        at, forward = self._first_open(draft), True
        while at < len(turns):
            if self._is_skipped(at, draft, forward=forward):
                at += 1 if forward else -1
                continue
            try:
                draft = turns[at](draft)
            except BackError:
                at, forward = max(at - 1, 0), False
                continue
            self.keep(draft)
            at, forward = at + 1, True
        return draft

    def _first_open(self, draft: Draft) -> int:
        """Return the number of the first turn without an answer."""
        known = [draft.name is not None, draft.size is not None, draft.by is not None]
        known += [
            one.id in draft.answers or not concerns(one, draft.size) for one in self.bank.measures
        ]
        return next((at for at, answered in enumerate(known) if not answered), len(known))

    def _is_skipped(self, at: int, draft: Draft, *, forward: bool) -> bool:
        """Tell whether a turn has nothing to ask; forward, a measure still says that it has not."""
        measures = dict(enumerate(self.bank.measures, start=3))
        left_out = at in measures and not concerns(measures[at], draft.size)
        return (at == 1 and self.size_given) or (left_out and not forward)

    def _introduce(self, draft: Draft) -> None:
        count = len(self.bank.measures)
        if draft.started():
            self._tell(self.t("cesar.resumed", answered=len(draft.answers), count=count))
            return
        for line in ("title", "what", "private", "not", "keys"):
            self._tell(self.t(f"cesar.intro.{line}", count=count))

    def _name(self, draft: Draft) -> Draft:
        self.say("")
        self._tell(self.t("cesar.ask.name"))
        while True:
            line = self._heard(self.t("cesar.prompt.name"), help_="cesar.help.name", back=False)
            if line or draft.name is None:
                return draft.but(name=visible(line)[:LONGEST_NAME])
            return draft

    def _size(self, draft: Draft) -> Draft:
        size = self._voice.chosen("size", SIZES, draft.size)
        return draft.but(size=size)

    def _role(self, draft: Draft) -> Draft:
        return draft.but(by=self._voice.chosen("role", ROLES, draft.by))

    def _asker(self, measure: Measure) -> Callable[[Draft], Draft]:
        """Return the turn that asks one question."""
        return lambda draft: self._question(measure, draft)

    def _question(self, measure: Measure, draft: Draft) -> Draft:
        number = self.bank.measures.index(measure) + 1
        head = self.t(
            "cesar.question",
            number=number,
            count=len(self.bank.measures),
            domain=self._in(measure.domain),
        )
        self.say("")
        self._tell(head)
        if not concerns(measure, draft.size):
            self._tell(self.t("cesar.not-asked", size=self.t(f"cesar.size.{draft.size}")))
            return draft
        self._tell(self._in(measure.question))
        for word in measure.words():
            self._offer(LETTERS[word][self.language], self._meaning(measure, word))
        before = draft.answers.get(measure.id)
        if before is not None:
            self._tell(self.t("cesar.current", answer=self.t(f"cesar.word.{before.answer}")))
        letters = ", ".join(LETTERS[word][self.language] for word in measure.words())
        return self._answered(measure, draft, letters)

    def _answered(self, measure: Measure, draft: Draft, letters: str) -> Draft:
        while True:
            line = self._heard(self.t("cesar.prompt.letter", letters=letters), help_=measure)
            if not line and measure.id in draft.answers:
                return draft
            word = self._word(line, measure)
            if word is not None:
                why = measure.reason if word == "not-applicable" else None
                reason = None if why is None else why.id
                answer = Answer(answer=word, reason=reason, answered=self.now())
                return draft.answering(measure, answer)
            self._tell(self.t("cesar.invalid.letter", letters=letters))

    def _word(self, line: str, measure: Measure) -> Word | None:
        """Return the answer meant by a letter, of whatever language, or by the word itself."""
        heard = line.casefold()
        for word in measure.words():
            label = self.t(f"cesar.word.{word}").casefold()
            if heard in {*LETTERS[word].values(), label}:
                return word
        return None

    def _end(self, draft: Draft) -> Draft:
        """Let the last answer be changed, too; nobody there any more is as good as a yes."""
        self.say("")
        self._tell(self.t("cesar.all-answered", count=len(self.bank.measures)))
        try:
            self._heard(self.t("cesar.prompt.end"), help_="cesar.help.end")
        except EOFError:
            return draft
        return draft

    @property
    def _voice(self) -> Voice:
        return Voice(t=self.t, language=self.language, width=self.width, say=self.say, ask=self.ask)

    def _heard(self, prompt: str, *, help_: str | Measure, back: bool = True) -> str:
        """Return a line that is neither help, nor back, nor stop; those are done here."""
        return self._voice.heard(prompt, help_=lambda: self._help(help_), back=back)

    def _help(self, about: str | Measure) -> None:
        if isinstance(about, str):
            self._tell(self.t(about))
            return
        parts = (("why", about.why), ("ask", about.ask), ("first-step", about.first_step))
        for name, text in parts:
            self._tell(self.t(f"cesar.help.{name}", text=self._in(text)))
        sources = self.t("cesar.between").join(self._sources(about))
        self._tell(self.t("cesar.help.sources", sources=sources))

    def _sources(self, measure: Measure) -> Iterator[str]:
        for one in measure.sources:
            yield f"{self.t(f'cesar.source.{one.source.lower()}')} {one.clause}"

    def _meaning(self, measure: Measure, word: Word) -> str:
        """Return an answer with what it says of the practice."""
        label, meaning = self.t(f"cesar.word.{word}"), measure.meaning(word)
        if meaning is None:
            return self.t("cesar.offer.bare", word=label)
        return self.t("cesar.offer", word=label, meaning=self._in(meaning))

    def _in(self, text: Text) -> str:
        return text.of(self.language)

    def _offer(self, key: str, text: str) -> None:
        self._voice.offer(key, text)

    def _tell(self, text: str) -> None:
        self._voice.tell(text)
