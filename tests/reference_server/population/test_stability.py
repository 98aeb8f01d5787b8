"""Ids, numbers and outcomes are a promise within a major version of the catalogue."""

import pytest

from reference_server.population import Population, load
from reference_server.population.stability import broken, kept_promises, promise_of

PEOPLE = load()
HELP = "a promise of this major version is broken: raise the major version, or take it back"


def changed(**fields: object) -> Population:
    """Return the catalogue with changed fields of its patient anna-weber."""
    weber = PEOPLE.patients["anna-weber"].model_copy(update=fields)
    return PEOPLE.model_copy(update={"patients": {**PEOPLE.patients, "anna-weber": weber}})


def test_the_catalogue_keeps_its_promise() -> None:
    assert broken(PEOPLE, kept_promises()) == (), HELP


def test_every_major_version_stays_written_down() -> None:
    major = int(PEOPLE.version.split(".")[0])
    assert list(kept_promises()) == [str(number) for number in range(1, major + 1)]


@pytest.mark.parametrize(
    "other",
    [
        changed(matricule="1984031790497"),
        changed(gender="other"),
        changed(outcome="slow"),
        PEOPLE.model_copy(
            update={"patients": {k: p for k, p in PEOPLE.patients.items() if k != "anna-weber"}}
        ),
    ],
    ids=["number", "gender", "outcome", "gone"],
)
def test_a_change_or_a_loss_breaks_it_unless_the_major_version_is_new(other: Population) -> None:
    kept = kept_promises()
    assert [one.split(":")[0] for one in broken(other, kept)] == ["patient anna-weber"]
    newer = other.model_copy(update={"version": "2.0.0"})
    assert broken(newer, {**kept, "2": promise_of(newer)}) == ()


def test_somebody_new_must_be_promised_too() -> None:
    doctor = PEOPLE.practitioners["dr-meyer"].model_copy(update={"ehealth_id": "9100000041"})
    more = {**PEOPLE.practitioners, "dr-new": doctor}
    other = PEOPLE.model_copy(update={"practitioners": more})
    [told] = broken(other, kept_promises())
    assert told.startswith("practitioner dr-new")


def test_what_a_person_is_for_may_be_said_better() -> None:
    about = PEOPLE.patients["lea-muller"].about
    assert broken(changed(about=about), kept_promises()) == ()
