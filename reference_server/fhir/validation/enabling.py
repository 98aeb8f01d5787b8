"""Whether a question is to be asked, by its `enableWhen` and the answers given; judges none.

Source: http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final

Item = Mapping[str, Any]
_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {">": gt, "<": lt, ">=": ge, "<=": le}
_DEEPEST: Final = 32


def given_answers(response: Item) -> dict[str, list[Item]]:
    """Return the answers of a whole response by the link of their question."""
    found: dict[str, list[Item]] = {}
    waiting: list[tuple[Item, int]] = [(response, 0)]
    while waiting:
        holder, depth = waiting.pop()
        for item in _list(holder.get("item")) if depth < _DEEPEST else ():
            answers = _list(item.get("answer"))
            found.setdefault(str(item.get("linkId")), []).extend(answers)
            waiting.append((item, depth + 1))
            waiting.extend((answer, depth + 1) for answer in answers)
    return found


def is_enabled(question: Item, given: Mapping[str, list[Item]]) -> bool | None:
    """Tell whether a question is to be asked; None where that cannot be told."""
    conditions = _list(question.get("enableWhen"))
    if not conditions:
        return None if "enableWhen" in question else True
    answers = [_holds(each, given) for each in conditions]
    if question.get("enableBehavior") == "any":
        return True if True in answers else None if None in answers else False
    return False if False in answers else None if None in answers else True


def _list(value: Any) -> list[Item]:  # noqa: ANN401  JSON
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _holds(condition: Item, given: Mapping[str, list[Item]]) -> bool | None:
    answers = given.get(str(condition.get("question")), [])
    wanted = next((v for k, v in condition.items() if k.startswith("answer")), None)
    operator = condition.get("operator")
    if operator == "exists":
        return bool(answers) is wanted if isinstance(wanted, bool) else None
    values = [v for each in answers for k, v in each.items() if k.startswith("value")]
    if not values:
        return False
    results = [_compared(str(operator), value, wanted) for value in values]
    return True if True in results else None if None in results else False


def _compared(operator: str, value: Any, wanted: Any) -> bool | None:  # noqa: ANN401  JSON
    if operator in {"=", "!="}:
        same = _same(value, wanted)
        return None if same is None else same is (operator == "=")
    numbers = isinstance(value, int | Decimal) and isinstance(wanted, int | Decimal)
    texts = isinstance(value, str) and isinstance(wanted, str) and len(value) == len(wanted)
    compare = _ORDER.get(operator)
    return compare(value, wanted) if compare is not None and (numbers or texts) else None


def _same(value: Any, wanted: Any) -> bool | None:  # noqa: ANN401  JSON
    if isinstance(value, dict) and isinstance(wanted, dict):
        if "code" in value and "code" in wanted and "value" not in wanted:
            systems = (value.get("system"), wanted.get("system"))
            return value["code"] == wanted["code"] and (None in systems or len(set(systems)) == 1)
        return True if value == wanted else None
    return bool(value == wanted)
