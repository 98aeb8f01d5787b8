"""A QuestionnaireResponse beside its Questionnaire: links, nesting, kinds and counts of answers.

Source: http://hl7.org/fhir/R4/questionnaireresponse.html#notes, questionnaire.html.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reference_server.fhir.validation.codes import Codes, codings_of
from reference_server.fhir.validation.enabling import given_answers, is_enabled
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library

_DEEPEST: Final = 32
_LISTS: Final = frozenset({"ValueSet", "CodeSystem"})
_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"
_DONE: Final = frozenset({"completed", "amended"})
VALUES: Final[Mapping[str, frozenset[str]]] = {
    "boolean": frozenset({"valueBoolean"}),
    "decimal": frozenset({"valueDecimal"}),
    "integer": frozenset({"valueInteger"}),
    "date": frozenset({"valueDate"}),
    "dateTime": frozenset({"valueDateTime"}),
    "time": frozenset({"valueTime"}),
    "string": frozenset({"valueString"}),
    "text": frozenset({"valueString"}),
    "url": frozenset({"valueUri"}),
    "choice": frozenset({"valueCoding"}),
    "open-choice": frozenset({"valueCoding", "valueString"}),
    "attachment": frozenset({"valueAttachment"}),
    "reference": frozenset({"valueReference"}),
    "quantity": frozenset({"valueQuantity"}),
}
Item = Mapping[str, Any]


def look(response: Item, library: Library) -> Iterator[Extra]:
    """Yield where answers do not fit their questions; that they could not be looked at."""
    canonical = response.get("questionnaire")
    if not isinstance(canonical, str):
        return
    found = _contained(response, canonical) or library.find("Questionnaire", canonical)
    if found is None:
        yield Extra(rule="questionnaire-unknown", code="not-found", severity=Severity.WARNING,
                    not_checked=True, params={"name": canonical[:300]})  # fmt: skip
        return
    asked = Asked(
        done=str(response.get("status")) in _DONE,
        given=given_answers(response),
        codes=Codes(_with_contained(library, found)),
        everywhere=frozenset(_links(found, 0)),
        spoken=response.get("language") in (None, found.get("language")),
    )
    yield from _items(response, found, "", asked, depth=0)


def _list(value: Any) -> list[Item]:  # noqa: ANN401  JSON
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _contained(holder: Item, canonical: str) -> Item | None:
    """Return the contained resource that an address like `#form` means."""
    held = (each for each in _list(holder.get("contained")) if canonical == f"#{each.get('id')}")
    return next(held, None)


def _with_contained(library: Library, form: Item) -> Library:
    """Return a library in which the value sets that a form contains are found by `#id`."""
    held = [each for each in _list(form.get("contained")) if each.get("resourceType") in _LISTS]
    if not held:
        return library
    own = library.copied()
    own.lay({**each, "url": f"#{each.get('id')}"} for each in held)
    return own


def _links(holder: Item, depth: int) -> Iterator[str]:
    for each in _list(holder.get("item")) if depth < _DEEPEST else ():
        yield str(each.get("linkId"))
        yield from _links(each, depth + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Owns what all of one response's answers are judged by."""

    done: bool
    given: Mapping[str, list[Item]]
    codes: Codes
    everywhere: frozenset[str]
    """The links of all questions of the form."""
    spoken: bool
    """Whether the answers are in the form's language, as far as they tell."""

    @property
    def weight(self) -> Severity:
        """How much a missing answer weighs: while it is being filled in, a warning."""
        return Severity.ERROR if self.done else Severity.WARNING


def _items(holder: Item, form: Item, below: str, asked: Asked, *, depth: int) -> Iterator[Extra]:
    """Look at the items of a response, an item or an answer beside those of the questionnaire."""
    questions = {str(each.get("linkId")): each for each in _list(form.get("item"))}
    order = {link: at for at, link in enumerate(questions)}
    last, given = -1, dict[str, int]()
    for at, item in enumerate(_list(holder.get("item"))):
        link = str(item.get("linkId"))
        question = questions.get(link)
        given[link] = given.get(link, 0) + 1
        if question is None:
            rule = "answer-misplaced" if link in asked.everywhere else "answer-link"
            yield Extra(rule=rule, below=below, params={"name": link[:64]})
            continue
        if order[link] < last:
            yield Extra(rule="answer-order", below=f"{below}.item[{at}]",
                        params={"name": link[:64]})  # fmt: skip
        last = max(last, order[link])
        if depth < _DEEPEST:
            yield from _item(item, question, f"{below}.item[{at}]", asked, depth=depth)
    for link, question in questions.items():
        if question.get("required") is True and link not in given:
            if is_enabled(question, asked.given) is True:
                yield Extra(rule="answer-required", code="required", below=below,
                            severity=asked.weight, params={"name": link[:64]})  # fmt: skip
        elif given.get(link, 0) > 1 and not _repeating_group(question):
            yield Extra(rule="answer-repeated", below=below, params={"name": link[:64]})


def _repeating_group(question: Item) -> bool:
    return question.get("type") == "group" and question.get("repeats") is True


def _item(item: Item, question: Item, below: str, asked: Asked, *, depth: int) -> Iterator[Extra]:
    kind, answers = str(question.get("type")), _list(item.get("answer"))
    told = {"name": str(question.get("linkId"))[:64]}
    if asked.spoken and "text" in item and item["text"] not in _texts(question):
        yield Extra(rule="answer-text", below=below, params=told)
    enabled = is_enabled(question, asked.given)
    if enabled is False and (answers or _list(item.get("item"))):
        yield Extra(rule="answer-not-enabled", below=below, params=told)
    if kind in {"group", "display"}:
        if answers:
            yield Extra(rule="answer-not-asked", below=below, params=told)
        yield from _items(item, question, below, asked, depth=depth + 1)
        return
    if _list(item.get("item")):
        yield Extra(rule="answer-nesting", below=below, params=told)
    if len(answers) > 1 and question.get("repeats") is not True:
        yield Extra(rule="answer-repeated", below=below, params=told)
    if not answers and question.get("required") is True and enabled is True:
        yield Extra(rule="answer-required", code="required", below=below,
                    severity=asked.weight, params=told)  # fmt: skip
    for at, answer in enumerate(answers):
        where = f"{below}.answer[{at}]"
        yield from _answer(answer, question, where, asked)
        yield from _items(answer, question, where, asked, depth=depth + 1)


def _texts(question: Item) -> list[Any]:
    """Return the text of a question and its translations; a form may leave it out."""
    beside = question.get("_text")
    parts = [
        part.get("valueString")
        for each in _list(beside.get("extension") if isinstance(beside, dict) else None)
        if each.get("url") == _TRANSLATION
        for part in _list(each.get("extension"))
    ]
    return [question.get("text"), *parts]


def _answer(answer: Item, question: Item, below: str, asked: Asked) -> Iterator[Extra]:
    kind = str(question.get("type"))
    allowed = VALUES.get(kind)
    given = [key for key in answer if key.startswith("value")]
    if allowed is None or not given:
        return
    if given[0] not in allowed:
        shown = ", ".join(sorted(allowed))
        yield Extra(rule="answer-type", below=below, params={"name": given[0], "expected": shown})
        return
    value, told = answer[given[0]], {"name": str(question.get("linkId"))[:64]}
    options = _list(question.get("answerOption"))
    free = kind == "open-choice" and given[0] == "valueString"
    if options and not free and not any(_same(value, each.get(given[0])) for each in options):
        yield Extra(rule="answer-option", below=below, params=told)
    most = question.get("maxLength")
    if isinstance(value, str) and isinstance(most, int) and len(value) > most:
        yield Extra(rule="too-long", code="too-long", below=below, params={"limit": most})
    value_set = question.get("answerValueSet")
    if isinstance(value_set, str) and kind == "choice" and given[0] == "valueCoding":
        yield from _of_value_set(value, value_set, below, asked.codes)


def _of_value_set(value: Any, value_set: str, below: str, codes: Codes) -> Iterator[Extra]:  # noqa: ANN401  JSON
    for system, code in codings_of(value):
        held = codes.is_member(value_set, system, code)
        told = {"name": value_set[:200], "value": code[:64]}
        if held is False:
            yield Extra(rule="binding-required", code="code-invalid", below=below, params=told)
        elif held is None:
            yield Extra(rule="binding-not-checked", code="not-supported", below=below,
                        severity=Severity.WARNING, not_checked=True, params=told)  # fmt: skip


def _same(value: Any, option: Any) -> bool:  # noqa: ANN401  JSON
    if isinstance(value, dict) and isinstance(option, dict):
        return all(value.get(key) == option.get(key) for key in ("system", "code"))
    return bool(value == option)
