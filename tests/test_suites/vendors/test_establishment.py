"""The establishment's product: its defects are those that are declared, each turns one switch."""

from test_suites.proof.defects import load_defects
from test_suites.vendors.establishment.behaviour import DEFECTS, GOOD
from test_suites.vendors.establishment.wishes import How, Person
from test_suites.vendors.establishment.writing import Writer

ANNA = Person(
    matricule="1984031790315",
    family="Weber & Fils",
    given="Léa",
    birth_date="1984-03-17",
    gender="female",
)


def test_the_declared_defects_are_those_the_program_knows() -> None:
    listed = [one.name for one in load_defects() if one.vendor == "establishment"]
    assert sorted(listed) == sorted(DEFECTS)
    assert len(listed) >= 20


def test_each_defect_turns_exactly_one_switch() -> None:
    fields = type(GOOD).__dataclass_fields__
    for name, bad in DEFECTS.items():
        turned = [field for field in fields if getattr(GOOD, field) != getattr(bad, field)]
        assert len(turned) == 1, name


def test_the_good_product_writes_what_was_entered_in_the_charset_it_declares() -> None:
    writer = Writer(organization="90200116", behaviour=GOOD)
    how = How(charset="8859/1")
    raw = writer.adt("A28", [writer.pid(ANNA, "0042", how)], how)
    assert "0042^^^&1.3.182.3.1.1.90200116.2&ISO~1984031790315" in raw.decode("latin-1")
    assert "Weber \\T\\ Fils^Léa^^^^^L||19840317|F" in raw.decode("latin-1")


def test_a_defect_shows_in_what_is_written() -> None:
    how = How()
    good = Writer(organization="90200116", behaviour=GOOD).pid(ANNA, "0042", how)
    for name in ("loses-authority", "drops-leading-zeros", "forgets-escapes", "exchanges-names"):
        bad = Writer(organization="90200116", behaviour=DEFECTS[name]).pid(ANNA, "0042", how)
        assert bad != good, name
