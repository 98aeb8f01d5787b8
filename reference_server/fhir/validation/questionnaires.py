"""A Questionnaire that is itself validated: the questions that its conditions depend on.

Source: http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen.question
("the linkId of a question that affects whether this question is enabled").
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.answers import VALUES
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity

_DEEPEST: Final = 32
_SILENT: Final = frozenset({"group", "display"})
Item = Mapping[str, Any]


def look(form: Item) -> Iterator[Extra]:
    """Yield conditions on questions that are not there, inside the item itself, or come later."""
    items = list(_items(form, "", 0))
    order = {str(each.get("linkId")): at for at, (_, each) in reversed(list(enumerate(items)))}
    by_link = {link: items[at][1] for link, at in order.items()}
    for at, (place, item) in enumerate(items):
        for condition in _list(item.get("enableWhen")):
            yield from _condition(condition, item, place, by_link, order, at)
        yield from _options(item, place)


def _list(value: Any) -> list[Item]:  # noqa: ANN401  JSON
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _items(holder: Item, below: str, depth: int) -> Iterator[tuple[str, Item]]:
    held = holder.get("item")
    for at, each in enumerate(held if isinstance(held, list) and depth < _DEEPEST else ()):
        if isinstance(each, dict):
            place = f"{below}.item[{at}]"
            yield place, each
            yield from _items(each, place, depth + 1)


def _condition(  # noqa: PLR0917  what a condition is judged by
    condition: Item, item: Item, place: str, by_link: Mapping[str, Item], order: Mapping[str, int],
    at: int,
) -> Iterator[Extra]:  # fmt: skip
    asked = condition.get("question")
    if not isinstance(asked, str):
        return
    told = {"name": asked[:64]}
    inner = {str(each.get("linkId")) for _, each in _items(item, "", 0)}
    if asked in inner or asked == item.get("linkId"):
        yield Extra(rule="condition-inside", below=place, params=told)
    elif asked not in order:
        yield Extra(rule="condition-unknown", below=place, params=told)
    elif order[asked] > at:
        yield Extra(rule="condition-later", severity=Severity.WARNING, below=place, params=told)
    else:
        yield from _comparable(condition, by_link[asked], place)


def _comparable(condition: Item, question: Item, place: str) -> Iterator[Extra]:
    """Tell an answer that the question it depends on can never have, as a warning."""
    kind = str(question.get("type"))
    given = next((key for key in condition if key.startswith("answer")), None)
    if given is None or condition.get("operator") == "exists":
        return
    expected = VALUES.get(kind)
    if kind in _SILENT or (expected and given.replace("answer", "value") not in expected):
        yield Extra(rule="condition-type", severity=Severity.WARNING, below=place,
                    params={"name": given, "expected": kind})  # fmt: skip


def _options(item: Item, place: str) -> Iterator[Extra]:
    """Tell options that are there twice."""
    seen: list[Any] = []
    for at, option in enumerate(_list(item.get("answerOption"))):
        value = next((v for k, v in option.items() if k.startswith("value")), None)
        told = (value.get("system"), value.get("code")) if isinstance(value, dict) else value
        if told is not None and told in seen:
            shown = told[1] if isinstance(told, tuple) else told
            yield Extra(rule="option-twice", severity=Severity.WARNING,
                        below=f"{place}.answerOption[{at}]",
                        params={"name": str(shown)[:64]})  # fmt: skip
        seen.append(told)
