"""What a step asks a player for, read from its parameters; knows no network."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from test_suites.engine.players.model import LabError


class Wish(BaseModel):
    """Owns what every wish shares: frozen, and nothing that no player understands."""

    model_config = ConfigDict(frozen=True, extra="forbid")


W = TypeVar("W", bound=Wish)
Count = Annotated[int, Field(ge=1)]


class LineWish(Wish):
    """One analysis to prescribe, or to dispense."""

    code: str
    display: str | None = None
    count: Count | None = None
    reason: str | None = None


class Prescribe(Wish):
    """A prescription; `matricule` takes the place of the persona's, to send a wrong one."""

    patient: str
    lines: Annotated[tuple[LineWish, ...], Field(min_length=1)]
    bundle_identifier: str | None = None
    matricule: str | None = None


class Nothing(Wish):
    """An act that needs no telling."""


class Named(Wish):
    """An act on the prescription that a step has bound under a name."""

    prescription: str


class Cancel(Named):
    """A cancellation and the code of its reason."""

    reason: str


class Retrieve(Wish):
    """A prescription presented on paper, or by number and birth date (plan B)."""

    paper: str | None = None
    tamper: Literal["code"] | None = None
    number: str | None = None
    birth_date_of: str | None = None
    stray: bool = False

    @model_validator(mode="after")
    def _hold_one_way(self) -> Self:
        by_number = self.number is not None and self.birth_date_of is not None
        if sum((self.paper is not None, self.stray, by_number)) != 1:
            raise ValueError("one of paper, stray, or number and birth_date_of")
        return self


class Dispense(Retrieve):
    """A dispensation of some lines, or of all that is left."""

    lines: tuple[LineWish, ...] | None = None
    keep_reserved: bool = False


class Raw(Wish):
    """One request as it is written here; `path` is relative to the base URL."""

    method: str
    path: Annotated[str, Field(pattern=r"^/")]
    token: Literal[
        "valid",
        "none",
        "expired",
        "wrong-audience",
        "altered",
        "unsigned",
        "confused",
        "foreign-key",
        "unknown-key",
        "enclosed-key",
        "identity",
    ]
    headers: Mapping[str, str] = Field(default_factory=dict)
    body: JsonValue = None
    body_text: str | None = None
    body_filler: Annotated[int, Field(ge=0)] | None = None


def understood(wish: type[W], parameters: Mapping[str, Any]) -> W:
    """Return a step's parameters as a wish; raises LabError."""
    try:
        return wish.model_validate(dict(parameters))
    except ValidationError as error:
        places = [".".join(map(str, each["loc"])) for each in error.errors()]
        raise LabError(f"parameters:{','.join(places)}") from error
