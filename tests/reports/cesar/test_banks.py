"""The two banks: whole in three languages, short, traceable, and each text its own."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from reference_server.text import LANGUAGES
from reports.cesar.bank import SIZES, load_bank
from reports.cesar.banks import CONTENTS, load_instrument, read_instrument
from reports.cesar.path import Profile, path, placed
from reports.cesar.questions import PROFESSIONS, Instrument, Question, Tag
from reports.cesar.readability import ease, of_whole, readabilities, words
from scenarios.errors import DeclarationError
from scenarios.model import Text

PROFESSIONAL = load_instrument("professional")
VENDOR = load_instrument("vendor")
BANKS = (PROFESSIONAL, VENDOR)
FOLDER = Path("reports/cesar/banks")
EVERYTHING: frozenset[Tag] = frozenset({"dev", "cloud"})
PER_DOMAIN = {
    "professional": {
        "G": 6, "P": 6, "A": 7, "E": 8, "N": 6, "D": 8, "B": 6, "S": 6, "F": 5, "I": 6
    },
    "vendor": {
        "VG": 7, "VD": 7, "VA": 7, "VZ": 5, "VC": 6, "VI": 8, "VP": 6, "VL": 6, "VV": 7, "VO": 6
    },
}  # fmt: skip
# An answer belongs to the sentences that were read: who changes one, changes both.
RELEASED = {
    "professional": ("2.1.0", "605a2734ccd8ba89"),
    "vendor": ("2.1.0", "aa4bc2d5fb58d8d9"),
}
UNSURE = Text(fr="Je ne sais pas", en="I don\u2019t know", de="Weiß ich nicht")

each_bank = pytest.mark.parametrize("bank", BANKS, ids=lambda one: one.name)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def every_text(bank: Instrument) -> Iterator[tuple[str, Text]]:
    for question in bank.questions():
        for field, text in question.texts():
            yield f"{question.id} {field}", text


@each_bank
def test_every_topic_is_a_question_or_was_merged_into_one(bank: Instrument) -> None:
    topics = {
        f"{domain}{number}"
        for domain, count in PER_DOMAIN[bank.name].items()
        for number in range(1, count + 1)
    }
    assert len(topics) == {"professional": 64, "vendor": 65}[bank.name]
    assert {bank.question(topic).id for topic in topics} <= {one.id for one in bank.questions()}
    named = Counter(one for q in bank.questions() for one in (q.id, *q.aliases))
    assert set(named.values()) == {1}


def test_a_topic_that_nobody_has_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PROFESSIONAL.question("Z9")


def test_the_knock_outs_are_the_essential_measures_and_weigh_most() -> None:
    knock_outs = {one.id for one in PROFESSIONAL.questions() if one.knock_out}
    assert knock_outs == {one.id for one in load_bank().measures}
    assert sum(one.knock_out for one in VENDOR.questions()) == 18
    assert {one.weight for bank in BANKS for one in bank.questions() if one.knock_out} == {5}


@each_bank
def test_a_changed_text_is_a_new_version_of_the_bank(bank: Instrument) -> None:
    digest = hashlib.sha256(bank.model_dump_json().encode()).hexdigest()[:16]
    assert (bank.version, digest) == RELEASED[bank.name]


@each_bank
def test_the_weights_of_the_general_domains_make_a_hundred(bank: Instrument) -> None:
    assert sum(one.weight for one in bank.domains if not one.professions) == 100


@each_bank
def test_no_text_is_the_same_in_two_languages(bank: Instrument) -> None:
    for place, text in every_text(bank):
        spoken = {text.of(language).casefold() for language in LANGUAGES}
        assert len(spoken) == len(LANGUAGES), place


@each_bank
def test_every_text_is_in_its_language_and_typeset(bank: Instrument) -> None:
    for place, text in every_text(bank):
        assert not re.search(r"\b(the|und|der|must|with|nicht)\b", text.fr), place
        assert not re.search(r"\b(les|des|une|und|der|nicht|avec)\b", text.en), place
        assert not re.search(r"\b(the|les|une|with|and|avec)\b", text.de), place
        assert not re.search(r"[^\u00a0][;!?»]|[^\u00a0\d]:|'|« |“", text.fr), text.fr
        assert not re.search(r"'|\"", text.en + text.de), place
        assert not re.search(r"\s\s|^\s|\s$", text.fr + "|" + text.en + "|" + text.de), place


@each_language
def test_no_two_sentences_of_a_ladder_are_more_than_80_percent_alike(language: str) -> None:
    sentences = [
        (f"{one.id}[{level}]", text.of(language).casefold())
        for bank in BANKS
        for one in bank.questions()
        for level, text in enumerate(one.ladder)
    ]
    said = [sentence for _, sentence in sentences]
    likeness = process.cdist(said, said, scorer=fuzz.ratio, score_cutoff=80)
    alike = [
        (sentences[a], sentences[b])
        for a, row in enumerate(likeness)
        for b in range(a + 1, len(sentences))
        if row[b] > 80
    ]
    assert alike == []


@each_language
def test_a_sentence_of_a_professional_s_ladder_has_at_most_nine_words(language: str) -> None:
    long = [
        text.of(language)
        for one in PROFESSIONAL.questions()
        for text in one.ladder
        if words(text.of(language)) > 9
    ]
    assert long == []


@each_language
@pytest.mark.parametrize("profession", PROFESSIONS)
def test_whoever_works_alone_has_28_questions_and_1800_words_before_them(
    profession: str, language: str
) -> None:
    profile = Profile(profession=profession, size="solo", tags=EVERYTHING)  # type: ignore[arg-type]  # of PROFESSIONS
    asked = path(PROFESSIONAL, profile)
    assert len(asked) <= 28
    shown = [text for one in asked for text in one.visible(profile.profession)]
    seen = sum(words(text.of(language)) for text in shown)
    assert seen + len(asked) * words(UNSURE.of(language)) <= 1800
    assert [one.knock_out for one in asked] == sorted(one.knock_out for one in asked)[::-1]


@each_language
@pytest.mark.parametrize("profession", PROFESSIONS)
def test_the_knock_outs_are_read_in_four_minutes_and_all_in_twenty(
    profession: str, language: str
) -> None:
    def minutes(questions: Iterable[Question]) -> float:
        shown = [text for one in questions for text in (*one.visible(profile.profession), UNSURE)]
        a_minute = 180  # slow for silent reading, which leaves time to choose
        return sum(words(text.of(language)) for text in shown) / a_minute

    for size in SIZES:
        profile = Profile(profession=profession, size=size, tags=EVERYTHING)  # type: ignore[arg-type]  # of PROFESSIONS
        asked = path(PROFESSIONAL, profile)
        assert minutes(one for one in asked if one.knock_out) <= 4
        assert minutes(asked) <= 20


@each_bank
def test_every_question_ends_as_one_and_every_other_text_as_a_sentence(bank: Instrument) -> None:
    for one in bank.questions():
        for language in LANGUAGES:
            for text in (one.question, *one.wording.values(), one.ask):
                assert text.of(language).endswith("?"), (one.id, language, text.of(language))
            for text in (*one.ladder, one.why, one.do, one.proof):
                assert text.of(language)[-1] in ".?“”»!", (one.id, language, text.of(language))


@pytest.mark.parametrize(
    ("profession", "own", "instead"),
    [
        ("pharmacy", {"PH1", "PH2", "PH3", "PH4", "PH5", "PH6"}, {"F2", "D2"}),
        ("laboratory", {"LA1", "LA2", "LA3"}, {"N6", "D2"}),
        ("dentist", {"DE1", "DE2"}, set()),
        ("nurse", {"NU1", "NU2", "NU3"}, set()),
        ("care-home", {"CH1", "CH2", "CH3", "CH4"}, {"E4", "N2", "D3"}),
        ("doctor", set(), set()),
        ("therapist", set(), set()),
    ],
)
def test_a_profession_has_questions_of_its_own_instead_of_general_ones(
    profession: str, own: set[str], instead: set[str]
) -> None:
    profile = Profile(profession=profession, size="medium", tags=EVERYTHING)  # type: ignore[arg-type]  # of PROFESSIONS
    asked = {one.id for one in path(PROFESSIONAL, profile)}
    general = Profile(profession="doctor", size="medium", tags=EVERYTHING)
    usual = {one.id for one in path(PROFESSIONAL, general)}
    assert asked - usual == own
    assert usual - asked == instead


def test_a_profession_s_own_words_differ_from_the_general_ones() -> None:
    worded = [one for one in PROFESSIONAL.questions() if one.wording]
    assert {name for one in worded for name in one.wording} >= {
        "pharmacy", "laboratory", "dentist", "nurse", "care-home"
    }  # fmt: skip
    for one in worded:
        assert one.question not in one.wording.values()
        assert one.asked("doctor") == one.question


def test_what_a_practice_does_not_have_is_not_asked() -> None:
    without = {one.id for one in path(PROFESSIONAL, Profile(profession="doctor", size="small"))}
    assert {"N6", "D5"} & without == set()
    vendor = {one.id for one in path(VENDOR, Profile())}
    assert {"VL1", "VA2", "VZ3", "VZ5"} & vendor == set()


@each_bank
def test_what_comes_before_never_leads_in_a_circle(bank: Instrument) -> None:
    def chain(question: Question, above: tuple[str, ...]) -> None:
        assert question.id not in above, (*above, question.id)
        for one in question.requires:
            chain(bank.question(one), (*above, question.id))

    for question in bank.questions():
        chain(question, ())


@each_bank
def test_every_question_says_which_controls_touch_the_same_matter(bank: Instrument) -> None:
    forms = {
        "iso27002": r"[5-8]\.\d{1,2}", "nis2": r"[a-j]", "kbv": r"A[1-5]-\d+(\.\.\d+)?",
        "gdpr": r"\d{1,2}(\.\.|-)?\d*(\(\d\))?[a-h]?", "asvs": r"V\d{1,2}\.\d", "cra":
        r"I+\.\d(\.[a-m])?|I\.1|Art14", "ehds": r"\d\.\d|Art\d+(\(\d+\))?[a-o]?|AnnIII\.\d",
        "cesar_d1": "encryption",
    }  # fmt: skip
    for one in bank.questions():
        assert one.controls, one.id
        for catalogue, ids in one.controls.items():
            assert ids, (one.id, catalogue)
            for each in ids:
                assert re.fullmatch(forms[catalogue], each), (one.id, catalogue, each)


@each_bank
@each_language
def test_the_texts_read_easily(bank: Instrument, language: str) -> None:
    assert of_whole(bank, language) > {"professional": 55, "vendor": 45}[bank.name]


def test_a_measure_of_reading_is_known_for_every_text() -> None:
    measured = list(readabilities(PROFESSIONAL))
    texts = sum(1 for _ in every_text(PROFESSIONAL))
    assert len(measured) == texts * len(LANGUAGES)
    assert all(one.words > 0 for one in measured)


def test_long_words_and_sentences_read_worse() -> None:
    easy = "The cat sat. The dog ran."
    hard = "Organisational considerations necessitate comprehensive documentation everywhere."
    assert ease(easy, "en") > 90
    assert ease(hard, "en") < 30
    assert ease("", "fr") == 0
    assert words("Êtes-vous prêt\u00a0?") == 2


def copied(tmp_path: Path, at: str, *, old: str, new: str) -> Path:
    """Return a copy of a bank in which one file differs in one place."""
    name, file = at.split("/")
    folder = tmp_path / name
    folder.mkdir()
    for one in (FOLDER / name).iterdir():
        text = one.read_text("utf-8")
        if one.name == file:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / one.name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ("aliases: [E8]|aliases: [A1]", "questions[0].id", "declaration.id.repeated"),
        ("requires: [A1]|requires: [A99]", "requires[0]", "declaration.value.not-allowed"),
        ("high: 200}|high: -1}", "cost.high", "declaration.number.at-least"),
        ("low: 0,|low: 900,", "cost.high", "declaration.number.at-least"),
        ("weight: 5|weight: 3", "questions[0].weight", "declaration.number.at-least"),
        ("effort: day|effort: week", "effort", "declaration.value.not-allowed"),
        ("id: A\n|id: Q\n", "id", "declaration.id.not-file"),
    ],
)
def test_a_mistake_in_a_bank_names_file_line_and_field(
    tmp_path: Path, change: str, field: str, message: str
) -> None:
    old, new = change.split("|")
    folder = copied(tmp_path, "professional/A.yaml", old=old, new=new)
    with pytest.raises(DeclarationError) as caught:
        read_instrument(folder, name="professional")
    assert caught.value.file == "A.yaml"
    assert caught.value.line
    assert caught.value.field.endswith(field)
    assert message in {one.message_id for one in caught.value.every()}


@each_language
def test_a_missing_translation_fails_the_build(tmp_path: Path, language: str) -> None:
    lines = (FOLDER / "vendor/VO.yaml").read_text("utf-8").splitlines(keepends=True)
    at = next(
        number
        for number, (before, line) in enumerate(pairwise(lines), start=1)
        if f"{language}:" in line and number > 40
    )
    folder = copied(tmp_path, "vendor/VO.yaml", old=lines[at - 1] + lines[at], new=lines[at - 1])
    with pytest.raises(DeclarationError) as caught:
        read_instrument(folder, name="vendor")
    assert caught.value.field.endswith(language)
    assert caught.value.message_id == "declaration.field.missing"


def test_a_domain_without_its_file_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path, f"vendor/{CONTENTS}", old="[VG, VD", new="[VX, VG, VD")
    with pytest.raises(DeclarationError, match=r"VX\.yaml"):
        read_instrument(folder, name="vendor")


def test_a_question_stands_in_the_domain_that_asks_it() -> None:
    for domain, question in placed(PROFESSIONAL, Profile(profession="nurse", size="small")):
        assert question in domain.questions
