"""The commands selfcheck, mutants, stability and bench: arguments, tables, exit codes."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reference_server.text import Catalogue, system_reason

if TYPE_CHECKING:
    from test_suites.proof.bench.figures import Figure
    from test_suites.proof.defects import Defect

FEWEST_RUNS: Final = 2
GOOD, BAD, WRONG_INPUT, LAB_FAULT = 0, 1, 2, 3
BENCHMARKS: Final = (
    "prescriptions",
    "fhir",
    "terminology",
    "certificates",
    "start",
    "matching",
    "trust",
    "audit",
    "providers",
    "portal",
    "identity",
    "demographics",
    "growth",
)
"""Each is a module of `test_suites.proof.bench` whose `measure(seconds, pairs)` yields figures."""
_REPORTED: Final = ("matching", "growth")
_SIZED: Final = {
    "matching": ("size", "database", "keep"),
    "growth": ("size", "database", "keep"),
    "demographics": ("size", "keep"),
    "identity": ("size", "keep"),
}
"""What `measure` of a benchmark takes beside, where somebody says it."""
Say = Callable[..., str]


def configure(name: str, parser: ArgumentParser) -> None:
    """Add the arguments of one command."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    if name == "bench":
        parser.add_argument("benchmark", choices=BENCHMARKS, help=say("proof.option.benchmark"))
        parser.add_argument("--seconds", type=float, default=8.0, help=say("proof.option.seconds"))
        parser.add_argument("--pairs", type=int, default=5, help=say("proof.option.pairs"))
        parser.add_argument("--size", type=int, help=say("proof.option.size"))
        parser.add_argument("--database", default="", help=say("proof.option.database"))
        parser.add_argument("--keep", type=Path, help=say("proof.option.keep"))
        parser.add_argument("--out", type=Path, help=say("proof.option.bench.out"))
        return
    if name == "stability":
        parser.add_argument("--runs", type=int, default=20, help=say("proof.option.runs"))
        return
    parser.add_argument("names", nargs="*", metavar="NAME", help=say(f"proof.option.{name}"))


def execute(name: str, arguments: Namespace) -> int:
    """Run one command; 1 where the lab was shown to be wrong."""
    say = _catalogue().speaker(arguments.language)
    if name == "selfcheck":
        return _selfcheck(arguments.names, say, as_json=arguments.json)
    if name == "mutants":
        return _mutants(arguments.names, say, arguments)
    if name == "stability":
        return _stability(arguments.runs, say, as_json=arguments.json)
    return _bench(say, arguments)


def _selfcheck(names: Sequence[str], say: Say, *, as_json: bool) -> int:
    from test_suites.proof.selfcheck import selfcheck

    results = selfcheck(wanted=lambda scenario: not names or scenario in names)
    if not results:
        return _unknown(names, say)
    for one in results:
        if as_json:
            _line(json.dumps(one.as_json(), ensure_ascii=False))
            continue
        _line(f"{one.verdict.value:<13} {one.case} ({one.findings})")
        for finding in one.wrong:
            shown = f"{finding.expected!r} ≠ {finding.actual!r}"
            _line(f"    {finding.step} {finding.check} {finding.requirement}: {shown}")
    bad = sum(not one.good for one in results)
    if not as_json:
        _line(say("proof.selfcheck.sum", good=len(results) - bad, total=len(results)))
    return BAD if bad else GOOD


def _mutants(names: Sequence[str], say: Say, arguments: Namespace) -> int:
    from test_suites.proof.mutants import Outcome, try_all

    chosen = tuple(_chosen(names))
    if not chosen:
        return _unknown(names, say)
    outcomes: list[Outcome] = []
    for defect, outcome in zip(chosen, try_all(chosen), strict=True):
        outcomes.append(outcome)
        if arguments.json:
            _line(json.dumps(outcome.as_json(), ensure_ascii=False))
            continue
        mark = say("proof.mutants.good" if outcome.good else "proof.mutants.bad")
        verdicts = ", ".join(f"{one} {v.value}" for one, v in outcome.got.items())
        _line(f"{mark:<8} {defect.id:<36} {verdicts}")
        for one in outcome.falsely_blamed:
            _line(f"         {say('proof.mutants.blamed', requirement=one)}")
        for one in outcome.errors:
            _line(f"         {say('proof.mutants.error', requirement=one)}")
    bad = sum(not one.good for one in outcomes)
    if not arguments.json:
        _line(say("proof.mutants.sum", good=len(outcomes) - bad, total=len(outcomes)))
    return BAD if bad else GOOD


def _chosen(names: Sequence[str]) -> Iterator["Defect"]:
    """Yield the good products first, then each defect; only the named ones where any is named."""
    from test_suites.proof.defects import load_defects
    from test_suites.proof.mutants import good_product

    defects = load_defects()
    tried = sorted({(defect.programme, defect.vendor) for defect in defects})
    good = [good_product(vendor, programme) for programme, vendor in tried]
    for defect in (*good, *defects):
        if not names or names_it(defect, names):
            yield defect


def names_it(defect: "Defect", names: Sequence[str]) -> bool:
    """Tell whether a name is the defect's: `vendor/name`, its name alone, or its vendor."""
    return bool({defect.id, defect.name, defect.vendor} & set(names))


def _stability(runs: int, say: Say, *, as_json: bool) -> int:
    from test_suites.proof.stability import Run, differences, play

    if runs < FEWEST_RUNS:
        sys.stderr.write(say("proof.wrong.stability") + "\n")
        return WRONG_INPUT
    played: list[Run] = []
    for run in play(runs):
        played.append(run)
        if as_json:
            _line(json.dumps(run.as_json(), ensure_ascii=False))
            continue
        seconds, table = f"{run.seconds:.0f}", run.digest[:12]
        said = say("proof.stability.run", run=run.number, runs=runs, seconds=seconds, table=table)
        _line(said)
    found = differences(played)
    equal = len({run.digest for run in played}) == 1
    if as_json:
        content = {"runs": runs, "equal": equal, "differences": [one.as_json() for one in found]}
        _line(json.dumps(content, ensure_ascii=False))
        return GOOD if equal else BAD
    for one in found:
        usual, got = (verdict.value if verdict else "-" for verdict in (one.usual, one.got))
        _line(f"{one.run} ({one.seed}) {one.product} {one.id}: {usual} → {got}")
        for finding in one.findings:
            _line(f"    {finding}")
    tables = len({run.digest for run in played})
    _line(say("proof.stability.sum", runs=runs, tables=tables))
    return GOOD if equal else BAD


def _bench(say: Say, arguments: Namespace) -> int:
    name = arguments.benchmark
    told = {"size": arguments.size, "database": arguments.database, "keep": arguments.keep}
    more = {key: value for key, value in told.items() if value not in (None, "")}
    misplaced = not set(more) <= set(_SIZED.get(name, ()))
    misplaced = misplaced or (arguments.out is not None and name not in _REPORTED)
    too_few = arguments.seconds <= 0 or arguments.pairs < 1 or more.get("size", 1) < 1
    if misplaced or too_few:
        sys.stderr.write(say("proof.wrong.bench") + "\n")
        return WRONG_INPUT
    benchmark = import_module(f"test_suites.proof.bench.{name}")
    try:
        for folder in filter(None, (arguments.out, arguments.keep)):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.stderr.write(say("proof.wrong.identity.out", reason=system_reason(error)) + "\n")
        return WRONG_INPUT
    if "keep" in more:
        more["keep"] = str(arguments.keep)
    figures = []
    for figure in benchmark.measure(seconds=arguments.seconds, pairs=arguments.pairs, **more):
        figures.append(figure)
        if arguments.json:
            _line(json.dumps(figure.as_json(), ensure_ascii=False))
            continue
        beside = "" if figure.ratio is None else f"  {figure.ratio:.3f} of {figure.baseline:.4g}"
        spread = f"({figure.min:.4g} to {figure.max:.4g}, n={figure.runs})"
        _line(f"{figure.name:<44} {figure.median:>9.4g} {figure.unit:<10} {spread}{beside}")
    return GOOD if arguments.out is None else _growth(figures, arguments.out, say)


def _growth(figures: "Sequence[Figure]", out: Path, say: Say) -> int:
    """Write the figures by size of the index as a table and a picture."""
    from test_suites.proof.bench.growth_report import plot, series_of, table

    series = series_of(figures)
    told = json.dumps([figure.as_json() for figure in figures], ensure_ascii=False, indent=1)
    files = {"growth.json": told, "growth.md": table(series), "growth.svg": plot(series)}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_text(content, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(say("proof.wrong.identity.out", reason=system_reason(error)) + "\n")
        return WRONG_INPUT
    return GOOD


def _unknown(names: Sequence[str], say: Say) -> int:
    sys.stderr.write(say("proof.wrong.name", names=", ".join(names)) + "\n")
    return WRONG_INPUT


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("test_suites.proof") / "messages")
