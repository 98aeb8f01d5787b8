"""What a person at the admission desk can ask of the product; knows nothing of how it is done."""

from pydantic import Field

from test_suites.vendors.kit.settings import Told


class Person(Told):
    """A patient as entered at the desk; `birth_date` is YYYY-MM-DD."""

    matricule: str = ""
    family: str = ""
    given: str = ""
    birth_date: str = ""
    gender: str = "unknown"


class How(Told):
    """How the interface is set up, and traits entered in the place of the patient's own."""

    version: str = "2.5"
    charset: str = "UNICODE UTF-8"
    family: str | None = None
    given: str | None = None
    birth_date: str | None = None


class Register(How):
    """A patient is registered, or traits changed; `event` where it is a stay or a visit."""

    patient: Person
    local_id: str = Field(min_length=1)
    event: str | None = None


class Merge(How):
    """`local_id` stays; `old_id` goes."""

    patient: Person
    local_id: str = Field(min_length=1)
    old_id: str = Field(min_length=1)


class Associate(How):
    """Two local numbers are one person's, or no longer."""

    patient: Person
    local_id: str = Field(min_length=1)
    other_id: str = Field(min_length=1)


class Cross(How):
    """Which numbers has the patient elsewhere, or in one domain."""

    local_id: str = Field(min_length=1)
    domain: str | None = None
    authority: str | None = None


class Find(How):
    """Who may it be; `page` is how many the product asks for at once, where it can be set."""

    patient: Person | None = None
    page: int | None = None


class Match(How):
    """Who is it; `only_certain`: nobody is there to look at whoever it only may be."""

    patient: Person | None = None
    only_certain: bool = False


class Follow(Told):
    """Whom to follow; `criteria` are those of a FHIR Subscription."""

    criteria: str = "Patient"


class Known(Told):
    """Which patient is known under a number of ours."""

    local_id: str = Field(min_length=1)


class Remove(Told):
    """A patient is no longer one of the establishment's."""

    patient: Person | None = None
    local_id: str = Field(min_length=1)
