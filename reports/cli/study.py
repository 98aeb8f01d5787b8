"""The command study: simulates the rules of CESAR and measures its texts, into a short page."""

import csv
import io
import json
from argparse import Namespace
from dataclasses import asdict
from typing import Final

from reports.cesar.banks import load_instrument
from reports.cesar.questions import InstrumentName
from reports.cesar.readability import Readability, readabilities
from reports.cesar.study.simulations import SEED, Study, studies
from reports.cli.console import Console
from reports.cli.writing import make_folder
from reports.render.study import study_page

PAGE: Final = "index.html"
FIGURES: Final = "study.json"
READING: Final = "readability.csv"


def execute(name: str, arguments: Namespace) -> int:
    """Simulate, measure and write page, figures and table; 0."""
    del name
    console, folder = Console.of(arguments), arguments.out
    make_folder(folder)
    banks = [load_instrument("professional"), load_instrument("vendor")]
    console.progress(console.t("cli.study.running", people=arguments.people))
    found = studies(banks[0], people=arguments.people)
    measured = {bank.name: tuple(readabilities(bank)) for bank in banks}
    page = study_page(
        found, banks, measured, people=arguments.people, language=console.speech.language
    )
    written = {
        PAGE: page,
        FIGURES: _figures(found, arguments.people),
        READING: _table(measured),
    }
    for file, content in written.items():
        (folder / file).write_text(content, encoding="utf-8")
    files = [str(folder / file) for file in written]
    console.result({"people": arguments.people, "seed": SEED, "files": files})
    for file in files:
        console.line(file)
    return 0


def _figures(found: tuple[Study, ...], people: int) -> str:
    content = {"people": people, "seed": SEED, "studies": [asdict(one) for one in found]}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _table(measured: dict[InstrumentName, tuple[Readability, ...]]) -> str:
    """Return the measure of every text as CSV, whoever wants to mend the hardest first."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["instrument", "question", "field", "language", "words", "ease"])
    for name, some in measured.items():
        rows.writerows([name, *asdict(one).values()] for one in some)
    return out.getvalue()
