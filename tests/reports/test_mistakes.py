"""What is wrong with a file is told in the language chosen, and none of pydantic's English."""

import ast
import html
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reference_server.text import LANGUAGES, Catalogue
from reports.labelling.scheme import Scheme
from reports.render.mistakes import Mistake, mistakes, say
from reports.render.model import Report
from reports.render.texts import texts
from scenarios import load_catalogue
from scenarios.errors import DeclarationError
from scenarios.model import Dataset, Requirement, Scenario, Source, Step
from scenarios.wording import SAYINGS, wrong
from test_suites.subjects.model import Subject
from test_suites.subjects.reader import parse_subject
from tests.reports import example
from tests.reports.pages import read, residue
from tests.test_suites.subjects.test_reader import GOOD as DECLARED
from tests.test_suites.subjects.test_reader import TODAY

ROOT = Path(__file__).parents[2]
GOOD = f"""{DECLARED}
[[authorised]]
host = "test.example.lu"
person = "A. B."
until = 2026-12-31
"""
# What is changed into what, and the line and field at which the mistake must be told.
WRONG = [
    ('vendor = "', 'vendr = "', 2, "product.vendr"),
    ('version = "1.0"\n', "", 1, "product.version"),
    ('version = "1.0"', "version = 1.0", 4, "product.version"),
    ('name = "Labo+"', 'name = ""', 3, "product.name"),
    ('name = "Labo+"', f'name = "{"x" * 201}"', 3, "product.name"),
    ("[product]", "[prodct]", 1, "prodct"),
    ('actor = "laboratory"', 'actor = "labratory"', 7, "roles[0].actor"),
    ('"plan-b", ', '"plan-B", ', 8, "roles[0].capabilities[0]"),
    ('["plan-b", "reserve"]', '"reserve"', 8, "roles[0].capabilities"),
    ("fractioned =", "fractionned =", 9, "roles[0].not_supported.fractionned"),
    ('"prévu en 2027"', '"?"', 9, "roles[0].not_supported.fractioned"),
    ("fractioned =", "reserve =", 9, "roles[0].not_supported"),
    ("[[roles]]", "[roles]", 6, "roles"),
    ('kind = "driver"', 'kind = "drivr"', 12, "operator.kind"),
    ('kind = "driver"\n', "", 11, "operator.kind"),
    ('kind = "driver"', 'kind = "console"', 13, "operator.url"),
    ("http://127.0.0.1:9001", "127.0.0.1:9001", 13, "operator.url"),
    ("http://127.0.0.1:9001", "http://[::1", 13, "operator.url"),
    ("127.0.0.1", "192.0.2.7", 13, "operator.url"),
    ("until = 2026-12-31", 'until = "Silvester"', 18, "authorised[0].until"),
    ("until = 2026-12-31", "until = 2026-12-31T10:00:00", 18, "authorised[0].until"),
    ("[[authorised]]", "[authorised]", 15, "authorised"),
    ("[operator]", '[[roles]]\nactor = "laboratory"\n[operator]', 12, "roles[1].actor"),
    ("[operator]", '[[roles]]\nactor = "service"\n[operator]', 6, "roles"),
    # What is no TOML has a line and a column; there is no field yet.
    ('vendor = "Éditeur"', "vendor = ", 2, ""),
    ('vendor = "Éditeur"', "vendor = Éditeur", 2, ""),
    ('vendor = "Éditeur"', 'vendor = "Éditeur', 2, ""),
    ('vendor = "Éditeur"', 'vendor "Éditeur"', 2, ""),
    ('vendor = "Éditeur"', r'vendor = "C:\Programme"', 2, ""),
    ('vendor = "Éditeur"', 'vendor = "Éditeur" "Labo"', 2, ""),
    ('vendor = "Éditeur"', 'vendor = "V"\nvendor = "W"', 3, ""),
    ("[product]", "[product", 1, ""),
    ("until = 2026-12-31", "until = 2026-13-31", 18, ""),
    ('["plan-b", "reserve"]', '["plan-b", "reserve"', 9, ""),
]


def told(text: str, language: str) -> tuple[Mistake, ...]:
    with pytest.raises(DeclarationError) as raised:
        parse_subject(text, file="subject.toml", today=TODAY)
    return mistakes(raised.value, texts(language))


def spaced(sentence: str) -> str:
    """Return a French sentence with the spaces a keyboard makes."""
    return sentence.replace("\u00a0", " ")


def foreign(sentence: str, language: str) -> set[str]:
    """Return words of another language; what the file says and the names of fields are no words."""
    bare = re.sub(r'"[^"]*"|«[^»]*»|„[^“]*“|\w*_\w*', "", sentence)
    return set(residue(read(f"<p>{html.escape(bare)}</p>"), language))


def test_the_right_file_is_right() -> None:
    assert parse_subject(GOOD, file="subject.toml", today=TODAY).product.vendor == "Éditeur"


@pytest.mark.parametrize(("before", "after", "line", "field"), WRONG)
def test_a_wrong_subject_file_is_told_with_line_field_and_a_sentence(
    *, before: str, after: str, line: int, field: str
) -> None:
    text = GOOD.replace(before, after, 1)
    assert text != GOOD
    french = told(text, "fr")
    [found] = [one for one in french if (one.line, one.field) == (line, field)]
    assert found.file == "subject.toml"
    for language in LANGUAGES:
        for one in told(text, language):
            assert foreign(f"{one.message} {one.hint}", language) == set(), one
    assert {one.message for one in french}.isdisjoint(one.message for one in told(text, "en"))


def test_the_nearest_word_and_every_possible_one_are_named() -> None:
    [_, unknown] = told(GOOD.replace("vendor", "vendr"), "fr")
    hint = "Vouliez-vous dire « vendor » ? Au choix : build, name, vendor, version"
    assert spaced(unknown.hint) == hint
    [kind] = told(GOOD.replace('"driver"', '"drivr"'), "de")
    assert kind.message == 'Dieser Wert ist hier nicht möglich: "drivr"'
    assert kind.hint == "Meinten Sie „driver“? Möglich: console, driver, process"


def test_a_list_is_not_called_too_short_because_of_a_wrong_item() -> None:
    [one] = told(GOOD.replace('"laboratory"', '"labo"'), "fr")
    assert one.field == "roles[0].actor"


def test_what_toml_is_not_is_told_with_its_column() -> None:
    [one] = told(GOOD.replace('name = "Labo+"', 'name "Labo+"'), "fr")
    assert one.message == "Après un nom de champ, un signe = est attendu (colonne 6)."


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, f"a = {'1' * 5000}"])
def test_an_absurd_file_is_refused_like_any_other(text: str) -> None:
    [one] = told(text, "fr")
    assert one.message_id == "declaration.toml.absurd"


def test_a_file_of_another_system_with_a_byte_order_mark_is_read() -> None:
    assert parse_subject("\ufeff" + GOOD, file="s", today=TODAY).product.name == "Labo+"


def test_what_stands_in_a_file_steers_no_terminal() -> None:
    (one, *_) = told(f'{GOOD}"\\u001b[31m" = 1\n', "fr")
    assert one.field.isprintable()


# Anything that an author may write where something else should stand.
JUNK: tuple[object, ...] = (
    None,
    True,
    7,
    -1,
    1e9,
    1.5,
    "",
    "?",
    "x" * 900,
    "2026-13-45",
    [],
    [1],
    {},
    {"kind": "x"},
)


def spoiled(value: object) -> Iterator[object]:
    """Yield a value with one thing in it changed, left out or added, everywhere in it."""
    yield from JUNK
    if isinstance(value, dict):
        yield {**value, "farbe": 1}
        for key, inner in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            for changed in spoiled(inner):
                yield {**value, key: changed}
    if isinstance(value, list):
        for changed in spoiled(value[0]) if value else ():
            yield [changed, *value[1:]]


def short(value: object) -> object:
    """Return a value with two items left in each list; the others are of the same kind."""
    if isinstance(value, dict):
        return {key: short(inner) for key, inner in value.items()}
    return [short(one) for one in value[:2]] if isinstance(value, list) else value


def documents() -> Iterator[tuple[type[BaseModel], object]]:
    folder = ROOT / "scenarios"

    def content(file: str) -> dict[str, list[object]]:
        return dict(yaml.safe_load((folder / file).read_text("utf-8")))

    yield Subject, tomllib.loads(GOOD)
    yield Subject, {**tomllib.loads(GOOD), "operator": {"kind": "process", "command": ["x"]}}
    server = {"base_url": "https://x", "clients": [{"persona": "p", "client_id": "c"}]}
    yield Subject, {**tomllib.loads(GOOD), "server": server}
    yield Source, content("sources.yaml")["sources"][0]
    yield Dataset, content("datasets.yaml")["datasets"][0]
    yield Requirement, content("requirements/laboratory.yaml")["requirements"][-1]
    scenario = load_catalogue().scenario("ep-dispense-once")
    yield Scenario, short(scenario.model_dump(mode="json", by_alias=True))
    step = scenario.acts()[0].model_dump(mode="json", by_alias=True)
    yield Step, {**step, "deviation": {"kind": "slow", "operation": "dispense", "seconds": 2}}
    scheme = ROOT / "reports" / "labelling" / "schemes" / "INT-eRX.yaml"
    yield Scheme, short(yaml.safe_load(scheme.read_text("utf-8")))
    yield Report, short(example.bad().model_dump(mode="json"))


# These have a case of their own, beside SAYINGS.
HANDLED = {
    "missing",
    "extra_forbidden",
    "literal_error",
    "enum",
    "union_tag_invalid",
    "union_tag_not_found",
}


def every_error() -> Iterator[tuple[type[BaseModel], ErrorDetails]]:
    """Yield each kind of error at each place of each model once."""
    seen = set()
    for model, document in documents():
        model.model_validate(document)
        for changed in spoiled(document):
            try:
                model.model_validate(changed)
            except ValidationError as error:
                for detail in error.errors(include_url=False):
                    sort = (model, detail["type"], detail["loc"])
                    if sort not in seen:
                        seen.add(sort)
                        yield model, detail


def test_whatever_is_wrong_in_a_file_no_english_of_pydantic_reaches_the_person() -> None:
    kinds = set()
    for model, detail in every_error():
        kinds.add(detail["type"])
        found = wrong(model, detail)
        assert found.what.message_id != "declaration.value.invalid", detail
        for language in LANGUAGES:
            hint = "" if found.hint is None else say(found.hint, texts(language))
            sentence = f"{say(found.what, texts(language))} {hint}"
            assert detail["msg"] not in sentence
            assert not re.search(r"Input should|Field required|[Vv]alid (?!zu)\w+", sentence)
    assert kinds <= SAYINGS.keys() | HANDLED
    assert len(kinds) >= 15


@pytest.mark.parametrize("kind", ["value_error", "assertion_error", "of_a_later_pydantic"])
def test_an_error_that_nobody_thought_of_has_a_sentence_of_our_own(kind: str) -> None:
    detail: ErrorDetails = {
        "type": kind,
        "loc": ("product", "name"),
        "msg": "Input should be nicer",
        "input": "x",
    }
    found = wrong(Subject, detail)
    assert found.what.message_id == "declaration.value.invalid"
    assert spaced(say(found.what, texts("fr"))).endswith(' pas valable : "x"')
    assert found.hint is None


CATALOGUES = (ROOT / "scenarios" / "messages", ROOT / "test_suites" / "messages")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_on_declarations_are_of_one_language_and_well_set(language: str) -> None:
    spoken = Catalogue.load(*CATALOGUES)
    own = [one for one in spoken.ids() if one.startswith("declaration.")]
    assert len(own) > 80
    for message_id in own:
        sentence = spoken.render(message_id, dict.fromkeys(spoken.parameters(message_id), "?"))
        assert not re.search(r" [:;!»]|« |'", sentence), sentence
        given = dict.fromkeys(spoken.parameters(message_id), "")
        assert foreign(spoken.render(message_id, given, language), language) == set(), message_id


def test_every_phrase_in_the_code_has_a_sentence_with_its_parameters_and_none_is_left_over() -> (
    None
):
    spoken = Catalogue.load(*CATALOGUES)
    named = set()
    for package in ("scenarios", "test_suites", "reports"):
        for file in (ROOT / package).rglob("*.py"):
            source = file.read_text("utf-8")
            named |= set(re.findall(r"\"(declaration\.[a-z0-9.-]+)", source))
            for message_id, given in phrases(source):
                assert spoken.parameters(message_id) == given, (file, message_id)
    left = {one for one in spoken.ids() if one.startswith("declaration.")} - named
    assert all(one.startswith("declaration.check.parameter-") for one in left), left
    assert named - spoken.ids() == {"declaration.check.parameter-"}


def phrases(source: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each call of `phrase` with a literal id, and the names it gives."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        literal = node.args[0] if node.func.id == "phrase" and node.args else None
        if isinstance(literal, ast.Constant) and str(literal.value).startswith("declaration."):
            yield str(literal.value), frozenset(str(one.arg) for one in node.keywords)
