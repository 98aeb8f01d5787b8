"""A FHIR resource as templates read it: what is not there is empty, at whatever depth; no rule.

Pages are strict about names, and a package from outside may leave out whatever FHIR lets it.
"""

from collections.abc import Mapping
from typing import Any


class Nothing(str):
    """What stands for an absent member: an empty text that has nothing but itself below it."""

    __slots__ = ()

    def __getitem__(self, _key: Any) -> "Nothing":  # noqa: ANN401  whatever is asked
        return self


class Loose(dict[str, Any]):
    """A JSON object whose absent members are Nothing."""

    def __missing__(self, _key: str) -> Nothing:
        return NOTHING


NOTHING = Nothing()


def loose(value: Any) -> Any:  # noqa: ANN401  JSON
    """Return a tree of JSON for templates."""
    if isinstance(value, Mapping):
        return Loose({key: loose(held) for key, held in value.items()})
    return [loose(each) for each in value] if isinstance(value, list | tuple) else value
