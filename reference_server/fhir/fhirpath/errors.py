"""How an expression can be wrong, or go wrong; knows no expression.

FhirPathError                  message id, parameters, position
├── FhirPathSyntaxError        the text is no expression
├── FhirPathTypeError          no resource could make it right: an element or function unknown
├── FhirPathRunError           it cannot be evaluated on this resource
└── FhirPathLimitError         it takes more depth, steps or items than is allowed

Sentences in French, English and German are the messages `fhirpath.<code>`.
"""

from collections.abc import Mapping
from typing import Final, Self

from reference_server.fhir.sentences import Said

_LONGEST: Final = 160


class FhirPathError(Exception):
    """An expression that gives no result; `position` is the character, counted from 0."""

    def __init__(self, code: str, position: int | None = None, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.position = position
        self.params: Mapping[str, str | int] = {
            key: value[:_LONGEST] if isinstance(value, str) else value
            for key, value in params.items()
        }

    def at(self, position: int) -> Self:
        """Return the same error at a place."""
        return type(self)(self.code, position, **self.params)

    @property
    def reason(self) -> Said:
        """What is wrong, with its place, as it can be said in each language."""
        said = Said.of(f"fhirpath.{self.code}", self.params)
        if self.position is None:
            return said
        return Said.of("fhirpath.at", {"reason": said, "position": self.position})

    def __str__(self) -> str:
        return self.reason


class FhirPathSyntaxError(FhirPathError):
    """The text is no FHIRPath expression."""


class FhirPathTypeError(FhirPathError):
    """The types tell that it is wrong, whatever the resource holds."""


class FhirPathRunError(FhirPathError):
    """It cannot be evaluated on these values."""


class FhirPathLimitError(FhirPathError):
    """It takes more depth, steps or items than is allowed."""
