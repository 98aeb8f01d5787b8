"""Whom which question concerns, and in which order it is asked; pure, knows no answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from reports.cesar.questions import Domain, Instrument, Profession, Question, Tag
from test_suites.subjects.model import PracticeSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who answers: profession and size of a practice, None for a vendor; what they have.

    A tag that is absent is false: what needs it does not concern them.
    """

    profession: Profession | None = None
    size: PracticeSize | None = None
    tags: frozenset[Tag] = frozenset()


def path(instrument: Instrument, profile: Profile) -> tuple[Question, ...]:
    """Return the questions that concern a profile: knock-outs first, then domain by domain."""
    asked = [question for _, question in placed(instrument, profile)]
    return (
        *(one for one in asked if one.knock_out),
        *(one for one in asked if not one.knock_out),
    )


def placed(instrument: Instrument, profile: Profile) -> tuple[tuple[Domain, Question], ...]:
    """Return the questions that concern a profile with their domains, in the bank's order.

    A profession's own question takes the place of the general ones that it names.
    """
    concerned = tuple(_concerned(instrument, profile))
    replaced = {one for _, question in concerned for one in question.replaces}
    return tuple((domain, one) for domain, one in concerned if one.id not in replaced)


def _concerned(instrument: Instrument, profile: Profile) -> Iterator[tuple[Domain, Question]]:
    for domain in instrument.domains:
        if domain.professions and profile.profession not in domain.professions:
            continue
        for question in domain.questions:
            fits = profile.size is None or profile.size in question.sizes
            if fits and profile.tags.issuperset(question.needs):
                yield domain, question
