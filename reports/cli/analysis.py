"""The command analysis: publishes what practices gave together; reads no assessment."""

import datetime as dt
import os
from argparse import Namespace
from pathlib import Path
from random import Random
from typing import Final

from reference_server.text import LANGUAGES
from reports.cesar.analysis.contribution import Contribution, contribution, ripe
from reports.cesar.analysis.tables import analysis
from reports.cesar.banks import load_instrument
from reports.cesar.result import assessed
from reports.cesar.study.population import sector
from reports.cesar.study.simulations import SEED
from reports.cli.console import Console
from reports.cli.portal import DATABASE
from reports.cli.speech import InputError
from reports.cli.writing import make_folder
from reports.portal.desk import DATABASE as FILE
from reports.portal.desk import Desk
from reports.portal.queue import IN_MEMORY
from reports.render.analysis.yearly import Yearly, as_csv, as_html, as_pdf
from reports.render.pdf import PdfUnavailableError
from reports.render.texts import texts

TABLES: Final = "analysis.csv"


def execute(name: str, arguments: Namespace) -> int:
    """Write page, tables and report; 0."""
    del name
    console = Console.of(arguments)
    today = dt.datetime.now(dt.UTC).date()
    year = arguments.year or today.year
    instrument = load_instrument("professional")
    given = _given(arguments, year)
    own = [one for one in given if one.version == instrument.version]
    before = min(f"{today:%Y-%m}", f"{year + 1}-01") if not arguments.synthetic else "9999-99"
    some = ripe((one for one in own if one.month.startswith(str(year))), before=before)
    if not some:
        console.tell("cli.analysis.none")
    make_folder(arguments.out)
    files = _written(
        arguments.out,
        Yearly(
            analysis=analysis(some),
            instrument=instrument,
            period=str(year),
            day=texts(console.speech.language).day(today.isoformat()),
            synthetic=bool(arguments.synthetic),
        ),
        console,
    )
    console.result({"year": year, "files": [str(file) for file in files]})
    for file in files:
        console.line(str(file))
    return 0


def _given(arguments: Namespace, year: int) -> tuple[Contribution, ...]:
    """Return the contributions of the store, or of invented practices."""
    if arguments.synthetic:
        return _invented(arguments.synthetic, year)
    database = arguments.database or os.environ.get(DATABASE) or str(arguments.folder / FILE)
    if "://" not in database and not Path(database).is_file():
        raise InputError("cli.wrong.no-portal", where=database)
    desk = Desk.open(database=database, queue=IN_MEMORY)
    try:
        return desk.contributions.since(f"{year}-01")
    finally:
        desk.close()


def _invented(count: int, year: int) -> tuple[Contribution, ...]:
    """Return contributions of invented practices, spread over a year."""
    instrument = load_instrument("professional")
    chance = Random(SEED)  # noqa: S311  invented practices
    results = (assessed(instrument, one) for one in sector(instrument, people=count, chance=chance))
    made = (contribution(one, month=f"{year}-{1 + at % 12:02}") for at, one in enumerate(results))
    return tuple(one for one in made if one is not None)


def _written(folder: Path, yearly: Yearly, console: Console) -> list[Path]:
    """Write every file; without Pango all but the PDF."""
    files = [folder / TABLES]
    files[0].write_text(as_csv(yearly.analysis), encoding="utf-8")
    for language in LANGUAGES:
        page = folder / f"analysis-{language}.html"
        page.write_text(as_html(yearly, language), encoding="utf-8")
        files.append(page)
        try:
            report = folder / f"analysis-{language}.pdf"
            report.write_bytes(as_pdf(yearly, language))
            files.append(report)
        except PdfUnavailableError as missing:
            console.progress(console.t("cli.pdf-unavailable", packages=missing))
    return files
