"""How an expression can be wrong, or go wrong; knows no expression.

FhirPathError                  message, position
├── FhirPathSyntaxError        the text is no expression
├── FhirPathTypeError          no resource could make it right: an element or function unknown
├── FhirPathRunError           it cannot be evaluated on this resource
└── FhirPathLimitError         it takes more depth, steps or items than is allowed
"""


class FhirPathError(Exception):
    """An expression that gives no result; `position` is the character, counted from 0."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (at character {position})")
        self.message = message
        self.position = position


class FhirPathSyntaxError(FhirPathError):
    """The text is no FHIRPath expression."""


class FhirPathTypeError(FhirPathError):
    """The types tell that it is wrong, whatever the resource holds."""


class FhirPathRunError(FhirPathError):
    """It cannot be evaluated on these values."""


class FhirPathLimitError(FhirPathError):
    """It takes more depth, steps or items than is allowed."""
