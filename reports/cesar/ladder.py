"""A whole instrument as a dialogue: profile, knock-outs with a first result, then the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from reports.cesar.answers import ROLES
from reports.cesar.bank import SIZES
from reports.cesar.path import path
from reports.cesar.questions import PROFESSIONS, Instrument, Profession, Question, Tag
from reports.cesar.replies import Replies, Reply
from reports.cesar.scoring import contradicted
from reports.cesar.voice import BackError, Voice
from test_suites.subjects.model import Answerer, PracticeSize

UNKNOWN: Final = {"fr": "s", "en": "u", "de": "w"}
LEFT_OUT: Final = "x"
YES: Final = {"fr": "o", "en": "y", "de": "j"}
NO: Final = "n"
PRACTICE_TAGS: Final[tuple[Tag, ...]] = ("dev", "cloud")
PRODUCT_TAGS: Final[tuple[Tag, ...]] = ("ehr", "saas", "onprem", "web", "oidc", "pw", "dsp")

Turn: TypeAlias = Callable[[Replies], Replies]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Owns how an instrument is put to somebody, one question at a time.

    `keep` is given the answers after each of them, `now` returns the time (UTC) as text.
    `milestone` is called once, when the last knock-out is answered: it shows the ceiling.
    """

    instrument: Instrument
    voice: Voice
    keep: Callable[[Replies], None]
    now: Callable[[], str]
    milestone: Callable[[Replies], None]

    def run(self, replies: Replies) -> Replies:
        """Return the answers; begins where they were left.

        Raises StoppedError and EOFError; what was answered until then was kept.
        """
        self._introduce(replies)
        begun = bool(replies.replies)
        at = self._first_open(replies) if begun else 0
        told = begun and at > self._last_knock_out(replies)
        while at < len(turns := self._turns(replies)):
            try:
                replies = turns[at](replies)
            except BackError:
                at = max(at - 1, 0)
                continue
            self.keep(replies)
            at += 1
            if not told and at == self._last_knock_out(replies) + 1:
                told = True
                self.milestone(replies)
        return self._reconciled(replies)

    def _turns(self, replies: Replies) -> tuple[Turn, ...]:
        """Return what is to be asked, as far as the profile is known."""
        return (*self._about(), *(self._asker(one) for one in self._asked(replies)))

    def _asked(self, replies: Replies) -> tuple[Question, ...]:
        return path(self.instrument, replies.profile)

    def _about(self) -> tuple[Turn, ...]:
        if self.instrument.name == "vendor":
            return tuple(self._tag_asker(tag) for tag in PRODUCT_TAGS)
        tags = tuple(self._tag_asker(tag) for tag in PRACTICE_TAGS)
        return (self._profession, self._size, *tags, self._role)

    def _first_open(self, replies: Replies) -> int:
        """Return the number of the first turn whose question has no answer."""
        asked = self._asked(replies)
        first = len(self._about())
        return first + next(
            (at for at, one in enumerate(asked) if one.id not in replies.replies), len(asked)
        )

    def _last_knock_out(self, replies: Replies) -> int:
        """Return the number of the turn with the last knock-out; they come first."""
        knock_outs = sum(one.knock_out for one in self._asked(replies))
        return len(self._about()) + knock_outs - 1

    def _introduce(self, replies: Replies) -> None:
        voice = self.voice
        if replies.replies:
            voice.tell(voice.t("cesar.ladder.resumed", answered=len(replies.replies)))
            return
        voice.tell(self.instrument.title.of(voice.language))
        for line in ("what", "private", "not", "keys"):
            voice.tell(voice.t(f"cesar.ladder.intro.{line}"))

    def _profession(self, replies: Replies) -> Replies:
        chosen = self.voice.chosen("profession", PROFESSIONS, replies.profession)
        return replies.model_copy(update={"profession": cast("Profession", chosen)})

    def _size(self, replies: Replies) -> Replies:
        chosen = self.voice.chosen("size", SIZES, replies.size)
        return replies.model_copy(update={"size": cast("PracticeSize", chosen)})

    def _role(self, replies: Replies) -> Replies:
        chosen = self.voice.chosen("role", ROLES, replies.by)
        return replies.model_copy(update={"by": cast("Answerer", chosen)})

    def _tag_asker(self, tag: Tag) -> Turn:
        return lambda replies: self._tag(tag, replies)

    def _tag(self, tag: Tag, replies: Replies) -> Replies:
        """Return the answers with a tag set or not."""
        voice = self.voice
        yes = YES[voice.language]
        letters = f"{yes}, {NO}"
        voice.say("")
        voice.tell(voice.t(f"cesar.tag.{tag}"))
        while True:
            prompt = voice.t("cesar.prompt.letter", letters=letters)
            line = voice.heard(prompt, help_=self._teller("cesar.help.tag")).casefold()
            if line in {*YES.values(), NO}:
                without = replies.tags - {tag}
                tags = without if line == NO else without | {tag}
                return replies.model_copy(update={"tags": tags})
            voice.tell(voice.t("cesar.invalid.letter", letters=letters))

    def _asker(self, question: Question) -> Turn:
        return lambda replies: self._question(question, replies)

    def _question(self, question: Question, replies: Replies) -> Replies:
        voice, asked = self.voice, self._asked(replies)
        domain = next(one for one in self.instrument.domains if question in one.questions)
        head = voice.t(
            "cesar.question",
            number=asked.index(question) + 1,
            count=len(asked),
            domain=domain.name.of(voice.language),
        )
        voice.say("")
        voice.tell(head)
        return self._put(question, replies, kept=False)

    def _put(self, question: Question, replies: Replies, *, kept: bool) -> Replies:
        """Return the answers with one to this question; an empty line keeps or skips it."""
        voice = self.voice
        letters = self._offered(question, replies)
        before = replies.replies.get(question.id)
        prompt = voice.t("cesar.ladder.prompt", letters=letters)
        while True:
            line = voice.heard(prompt, help_=lambda: self._help(question)).casefold()
            if not line:
                return replies if before is None or not kept else self._again(question, replies)
            reply = self._reply(line, question)
            if reply is not None:
                return replies.replying(question.id, reply)
            voice.tell(voice.t("cesar.invalid.letter", letters=letters))

    def _offered(self, question: Question, replies: Replies) -> str:
        """Show question and ladder; return the keys that are possible."""
        voice = self.voice
        voice.tell(question.asked(replies.profession).of(voice.language))
        for level, sentence in enumerate(question.ladder):
            voice.offer(str(level), sentence.of(voice.language))
        keys = ["0", "…", str(len(question.ladder) - 1), UNKNOWN[voice.language]]
        voice.offer(UNKNOWN[voice.language], voice.t("cesar.word.unknown"))
        for reason in question.not_applicable:
            voice.offer(LEFT_OUT, reason.text.of(voice.language))
            keys.append(LEFT_OUT)
        before = replies.replies.get(question.id)
        if before is not None:
            voice.tell(voice.t("cesar.current", answer=self._shown(before)))
        return " ".join(keys)

    def _shown(self, reply: Reply) -> str:
        if reply.level is not None:
            return str(reply.level)
        return self.voice.t(f"cesar.word.{reply.kind}")

    def _reply(self, line: str, question: Question) -> Reply | None:
        """Return the answer meant by a key; None where it means none."""
        now = self.now()
        if line.isdecimal() and int(line) < len(question.ladder):
            return Reply(level=int(line), answered=now)
        if line in {*UNKNOWN.values(), self.voice.t("cesar.word.unknown").casefold()}:
            return Reply(kind="unknown", answered=now)
        if line == LEFT_OUT and question.not_applicable:
            reason = question.not_applicable[0].id
            return Reply(kind="not-applicable", reason=reason, answered=now)
        return None

    def _again(self, question: Question, replies: Replies) -> Replies:
        """Return the answers with one that was kept although it contradicts another."""
        reply = replies.replies[question.id].model_copy(update={"kept": True})
        return replies.replying(question.id, reply)

    def _reconciled(self, replies: Replies) -> Replies:
        """Ask again what contradicts another answer, once each; what is kept counts as less."""
        voice = self.voice
        for rule in contradicted(self.instrument, replies):
            question = self.instrument.question(rule.doubted)
            if rule not in contradicted(self.instrument, replies):
                continue
            if replies.replies[question.id].kept:
                continue
            voice.say("")
            voice.tell(voice.t("cesar.ladder.again"))
            voice.tell(rule.because.of(voice.language))
            try:
                replies = self._put(question, replies, kept=True)
            except (BackError, EOFError):
                replies = self._again(question, replies)
            if rule in contradicted(self.instrument, replies):
                replies = self._again(question, replies)
            self.keep(replies)
        return replies

    def _teller(self, message_id: str) -> Callable[[], None]:
        return lambda: self.voice.tell(self.voice.t(message_id))

    def _help(self, question: Question) -> None:
        voice = self.voice
        parts = (
            ("why", question.why),
            ("do", question.do),
            ("ask-provider", question.ask),
            ("proof", question.proof),
        )
        for name, text in parts:
            voice.tell(voice.t(f"cesar.ladder.{name}", text=text.of(voice.language)))
        effort = voice.t(f"cesar.effort.{question.effort}")
        cost = voice.t("cesar.cost", low=question.cost.low, high=question.cost.high)
        voice.tell(voice.t("cesar.ladder.effort", effort=effort, cost=cost))
