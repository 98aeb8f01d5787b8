"""The yearly report names groups and domains in the order in which people were asked."""

from reports.cesar.analysis.contribution import Contribution
from reports.cesar.analysis.tables import analysis
from reports.cesar.bank import SIZES
from reports.cesar.banks import load_instrument
from reports.cesar.questions import PROFESSIONS
from reports.render.analysis.yearly import Yearly, as_html
from reports.render.texts import texts

EACH = 12  # more than what is withheld


def page(language: str = "en") -> str:
    """Return the report of some practices of every profession and size."""
    instrument = load_instrument("professional")
    given = [
        Contribution(
            version=instrument.version,
            month="2026-01",
            profession=profession,
            size=size,
            answers={},
            domains={domain.id: 50.0 for domain in instrument.domains},
            low=50.0,
            band="C",
        )
        for profession in PROFESSIONS
        for size in SIZES
        for _ in range(EACH)
    ]
    yearly = Yearly(analysis=analysis(given), instrument=instrument, period="2026", day="1.1.2027")
    return as_html(yearly, language)


def test_professions_sizes_and_domains_stand_in_the_order_of_the_questions() -> None:
    written, spoken = page(), texts("en")
    groups = [
        [spoken.t(f"cesar.{kind}.{one}") for one in order]
        for kind, order in (("profession", PROFESSIONS), ("size", SIZES))
    ]
    domains = [one.name.of("en") for one in load_instrument("professional").domains]
    for names in (*groups, domains):
        places = [written.index(f">{name}<") for name in names]
        assert places == sorted(places), names
