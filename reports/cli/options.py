"""The arguments of the commands of this package; imports nothing that takes time.

So `--help` answers at once: what a command does is imported when its arguments were read.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from reports.cli.speech import Speech
from test_suites.load.limits import HIGHEST_RATE, MOST_SECONDS, MOST_USERS

DEMO_OUT: Final = Path("var/demo")
FUZZ_OUT: Final = Path("var/fuzz")
LOAD_OUT: Final = Path("var/load")
STUDY_OUT: Final = Path("var/study")
DOSSIER_OUT: Final = Path("var/dossier")
ANALYSIS_OUT: Final = Path("var/analysis")
PORTAL_FOLDER: Final = Path("var/portal")
FEWEST_PEOPLE, USUAL_PEOPLE, MOST_PEOPLE = 10, 120, 2000
LOAD_LIMITS: Final = {"rate": HIGHEST_RATE, "seconds": MOST_SECONDS, "users": MOST_USERS}
ACTIVITIES: Final = ("fuzz", "load", "probe")
SIZES: Final = ("solo", "small", "medium", "large")
INSTRUMENTS: Final = ("professional", "vendor")
VENDORS: Final = ("prescriber", "laboratory", "establishment")
Options = Callable[[str, ArgumentParser, Speech], None]


def configure(name: str, parser: ArgumentParser) -> None:
    """Add the arguments of a command; the parser's default `language` is the caller's."""
    _OPTIONS[name](name, parser, Speech(language=str(parser.get_default("language"))))


def _run(name: str, parser: ArgumentParser, speech: Speech) -> None:
    if name == "judge":
        parser.add_argument("folder", type=Path, metavar="DIR", help=speech.t("cli.option.folder"))
    else:
        parser.add_argument(
            "--subject",
            type=Path,
            required=True,
            metavar="FILE",
            help=speech.t("cli.option.subject"),
        )
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help=speech.t("cli.option.out")
        )
        parser.add_argument(
            "--with",
            dest="activities",
            action="append",
            default=[],
            choices=ACTIVITIES,
            help=speech.t("cli.option.with"),
        )
        parser.add_argument(
            "--scenario", action="append", metavar="ID", help=speech.t("cli.option.scenario")
        )
    parser.add_argument("--scheme", metavar="ID", help=speech.t("cli.option.scheme"))


def _fuzz(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    for option in ("subject", "out"):
        parser.add_argument(
            f"--{option}",
            type=Path,
            metavar="FILE" if option == "subject" else "DIR",
            help=speech.t(f"cli.option.fuzz-{option}", folder=FUZZ_OUT),
        )
    for option in ("seed", "max-examples", "seconds"):
        parser.add_argument(
            f"--{option}", type=int, metavar="N", help=speech.t(f"cli.option.fuzz-{option}")
        )
    parser.add_argument(
        "--operation",
        action="append",
        default=[],
        metavar="ID",
        help=speech.t("cli.option.fuzz-operation"),
    )
    parser.add_argument("--planted", action="store_true", help=speech.t("cli.option.fuzz-planted"))


def _tls(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument("address", metavar="HOST:PORT", help=speech.t("cli.option.tls-address"))
    for option, what in (("trust", "FILE"), ("subject", "FILE"), ("host-name", "NAME")):
        kind = str if what == "NAME" else Path
        parser.add_argument(
            f"--{option}", type=kind, metavar=what, help=speech.t(f"cli.option.tls-{option}")
        )


def _load(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument(
        "--subject", type=Path, metavar="FILE", help=speech.t("cli.option.load-subject")
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help=speech.t("cli.option.load-out", folder=LOAD_OUT)
    )
    for option, most in LOAD_LIMITS.items():
        parser.add_argument(
            f"--{option}",
            type=int,
            metavar="N",
            help=speech.t(f"cli.option.load-{option}", most=most),
        )


def _assess(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    folder = parser.add_mutually_exclusive_group()
    folder.add_argument("--out", type=Path, metavar="DIR", help=speech.t("cli.option.assess-out"))
    folder.add_argument("--resume", type=Path, metavar="DIR", help=speech.t("cli.option.resume"))
    parser.add_argument("--size", choices=SIZES, help=speech.t("cli.option.size"))
    parser.add_argument(
        "--instrument",
        choices=INSTRUMENTS,
        default=INSTRUMENTS[0],
        help=speech.t("cli.option.instrument"),
    )
    parser.add_argument("--short", action="store_true", help=speech.t("cli.option.short"))


def _people(written: str) -> int:
    """Return a number of practices; argparse turns the error into a sentence."""
    number = int(written)
    if not FEWEST_PEOPLE <= number <= MOST_PEOPLE:
        raise ValueError
    return number


def _study(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument(
        "--out", type=Path, default=STUDY_OUT, metavar="DIR", help=speech.t("cli.option.out")
    )
    parser.add_argument(
        "--people",
        type=_people,
        default=USUAL_PEOPLE,
        metavar="N",
        help=speech.t("cli.option.people", least=FEWEST_PEOPLE, most=MOST_PEOPLE),
    )


def _count(written: str) -> int:
    """Return a number from one on; argparse turns the error into a sentence."""
    number = int(written)
    if number < 1:
        raise ValueError
    return number


def _kept_in(parser: ArgumentParser, speech: Speech) -> None:
    """Add where the portal keeps everything: of each command that reads or serves it."""
    told = {name: speech.t(f"cli.option.portal-{name}") for name in ("folder", "database")}
    parser.add_argument(
        "--folder", type=Path, default=PORTAL_FOLDER, metavar="DIR", help=told["folder"]
    )
    parser.add_argument("--database", metavar="URL", help=told["database"])


def _portal(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    def t(option: str) -> str:
        return speech.t(f"cli.option.portal-{option}")

    _kept_in(parser, speech)
    parser.add_argument("--host", default="127.0.0.1", metavar="HOST", help=t("host"))
    parser.add_argument("--port", type=int, default=8480, metavar="N", help=t("port"))
    for option in ("queue", "origin"):
        parser.add_argument(f"--{option}", metavar="URL", help=t(option))
    for option in ("certificate", "key"):
        parser.add_argument(f"--{option}", type=Path, metavar="FILE", help=t(option))
    parser.add_argument("--suppliers", type=Path, metavar="DIR", help=t("suppliers"))
    parser.add_argument("--workers", type=_count, default=1, metavar="N", help=t("workers"))
    parser.add_argument("--worker", dest="only_works", action="store_true", help=t("worker"))
    parser.add_argument("--issuer", metavar="URL", help=t("issuer"))
    parser.add_argument("--client-id", default="cesar-app", metavar="ID", help=t("client-id"))
    parser.add_argument("--issuer-authority", type=Path, metavar="FILE", help=t("issuer-authority"))
    parser.add_argument(
        "--reviewers", action="append", default=[], metavar="ORGANISATION", help=t("reviewers")
    )


def _organisation(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    def t(option: str) -> str:
        return speech.t(f"cli.option.organisation-{option}")

    parser.add_argument("organisation", metavar="NAME", help=t("name"))
    parser.add_argument("--reviewer", action="store_true", help=t("reviewer"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=t("out"))
    _kept_in(parser, speech)


def _analysis(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    _kept_in(parser, speech)
    parser.add_argument(
        "--out", type=Path, default=ANALYSIS_OUT, metavar="DIR", help=speech.t("cli.option.out")
    )
    for option in ("year", "synthetic"):
        parser.add_argument(
            f"--{option}", type=_count, metavar="N", help=speech.t(f"cli.option.analysis-{option}")
        )


def _dossier(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=speech.t("cli.option.dossier-file"))
    parser.add_argument(
        "--campaign", type=Path, metavar="DIR", help=speech.t("cli.option.dossier-campaign")
    )
    parser.add_argument(
        "--out", type=Path, default=DOSSIER_OUT, metavar="DIR", help=speech.t("cli.option.out")
    )


def _supplier(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=speech.t("cli.option.supplier-file")
    )
    parser.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help=speech.t("cli.option.supplier-key")
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=speech.t("cli.option.supplier-out")
    )


def _demo(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument(
        "--out", type=Path, default=DEMO_OUT, metavar="DIR", help=speech.t("cli.option.out")
    )


def _fhir(name: str, parser: ArgumentParser, speech: Speech) -> None:
    if name == "fhirpath":
        parser.add_argument("expression", help=speech.t("cli.option.expression"))
        parser.add_argument("file", type=Path, help=speech.t("cli.option.resource"))
        return
    parser.add_argument("files", type=Path, nargs="+", help=speech.t("cli.option.resources"))
    parser.add_argument(
        "--profile", action="append", default=[], help=speech.t("cli.option.profile")
    )
    parser.add_argument(
        "--package", action="append", default=[], type=Path, help=speech.t("cli.option.package")
    )
    parser.add_argument("--sarif", action="store_true", help=speech.t("cli.option.sarif"))
    support = speech.t("cli.option.must-support")
    parser.add_argument("--must-support", action="store_true", help=support)


def _folder(name: str, parser: ArgumentParser, speech: Speech) -> None:
    if name == "diff":
        parser.add_argument("before", type=Path, metavar="DIR", help=speech.t("cli.option.before"))
        parser.add_argument("after", type=Path, metavar="DIR", help=speech.t("cli.option.after"))
        return
    parser.add_argument("folder", type=Path, metavar="DIR", help=speech.t("cli.option.folder"))


def _verify(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument(
        "target",
        type=Path,
        metavar="FILE_OR_DIR",
        help=speech.t("cli.option.file-or-folder"),
    )


def _bundle(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", help=speech.t("cli.option.bundle-out"))


def _vendor(_name: str, parser: ArgumentParser, speech: Speech) -> None:
    parser.add_argument("vendor", choices=VENDORS, help=speech.t("cli.option.vendor"))
    parser.add_argument("--port", type=int, default=0, help=speech.t("cli.option.port"))
    parser.add_argument("--defect", metavar="NAME", help=speech.t("cli.option.defect"))


_OPTIONS: Final[Mapping[str, Options]] = {
    "demo": _demo,
    "run": _run,
    "judge": _run,
    "report": _folder,
    "diff": _folder,
    "verify": _verify,
    "vendors": _vendor,
    "assess": _assess,
    "study": _study,
    "portal": _portal,
    "analysis": _analysis,
    "dossier": _dossier,
    "supplier": _supplier,
    "organisation": _organisation,
    "fuzz": _fuzz,
    "tls": _tls,
    "load": _load,
    "validate": _fhir,
    "fhirpath": _fhir,
    "bundle": _bundle,
}
