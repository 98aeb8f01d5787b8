"""What the prescriber can ask of the product; knows nothing of how it is done."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from test_suites.vendors.kit.settings import Told


class PatientWish(Told):
    """The patient as the practice's own file has them."""

    matricule: str = Field(min_length=1, repr=False)
    family: str
    given: str
    birth_date: date
    gender: Literal["male", "female", "other", "unknown"]


class LineWish(Told):
    """One analysis asked for; ``count`` above 1 is a fractioned series."""

    code: str
    display: str | None = None
    count: int | None = None
    reason: str | None = None


class Prescribe(Told):
    """Issue one prescription."""

    patient: PatientWish
    lines: tuple[LineWish, ...]
    bundle_identifier: str | None = None


class Nothing(Told):
    """An act that takes no parameters."""


class Cancel(Told):
    """Withdraw a prescription."""

    number: str | None = None
    task_id: str | None = None
    reason: str

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.number is None) == (self.task_id is None):
            raise ValueError("either number or task_id")
        return self


class LookUp(Told):
    """Show how far a prescription has come."""

    number: str = Field(min_length=1)
