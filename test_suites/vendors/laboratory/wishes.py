"""What a person of the laboratory can ask of the product; knows nothing of how it is done."""

from datetime import date
from typing import Self

from pydantic import Base64Bytes, Field, model_validator

from test_suites.vendors.kit.settings import Told


class Presented(Told):
    """How the patient presents a prescription: on paper, or by number and birth date."""

    paper_base64: Base64Bytes | None = Field(default=None, repr=False)
    number: str | None = None
    birth_date: date | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_number = self.number is not None and self.birth_date is not None
        if (self.paper_base64 is not None) == by_number:
            raise ValueError("either paper_base64, or number with birth_date")
        return self


class LineWish(Told):
    """One analysis that was done, ``count`` times of a series."""

    code: str
    count: int = Field(default=1, ge=1)


class Retrieve(Presented):
    """Show a prescription."""


class Dispense(Presented):
    """Take a prescription, or some of its lines, as done."""

    lines: tuple[LineWish, ...] | None = None
    keep_reserved: bool = False


class Numbered(Told):
    """An act on a prescription the laboratory already knows."""

    number: str = Field(min_length=1)
