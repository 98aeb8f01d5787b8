"""The command `identity`: evaluate the matching of identities, or estimate its weights anew."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reference_server.text import Catalogue, system_reason

if TYPE_CHECKING:
    from test_suites.proof.identity.evaluation import Line

GOOD, BAD, WRONG_INPUT = 0, 1, 2
ACTS: Final = ("evaluate", "estimate")
_CHANCE: Final = 120_000
Say = Callable[..., str]


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `identity`."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument("act", choices=ACTS, help=say("proof.option.identity"))
    parser.add_argument("--out", type=Path, required=True, help=say("proof.option.identity.out"))
    parser.add_argument("--size", type=int, default=20_000, help=say("proof.option.size"))
    parser.add_argument("--sought", type=int, default=2_000, help=say("proof.option.sought"))
    parser.add_argument("--seed", type=int, default=2026, help=say("proof.option.seed"))


def execute(_name: str, arguments: Namespace) -> int:
    """Write what came of it; 1 where a certain match was false, 2 where nothing can be written."""
    say = _catalogue().speaker(arguments.language)
    if min(arguments.size, arguments.sought) < 1:
        sys.stderr.write(say("proof.wrong.identity") + "\n")
        return WRONG_INPUT
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        if arguments.act == "estimate":
            return _estimate(arguments)
        return _evaluate(arguments, say)
    except OSError as error:
        sys.stderr.write(say("proof.wrong.identity.out", reason=system_reason(error)) + "\n")
        return WRONG_INPUT


def _evaluate(arguments: Namespace, say: Say) -> int:
    from test_suites.proof.identity import febrl
    from test_suites.proof.identity.evaluation import evaluate_pairs, evaluate_population, worst
    from test_suites.proof.identity.report import plot, table

    lines: list[Line] = []
    if febrl.is_here():
        lines.extend(evaluate_pairs(febrl.load(number)) for number in febrl.SETS)
    else:
        sys.stderr.write(say("proof.identity.no-febrl", package=febrl.PACKAGE) + "\n")
    lines.extend(
        evaluate_population(size=arguments.size, sought=arguments.sought, seed=arguments.seed)
    )
    told = [line.as_json() for line in lines]
    content = {"size": arguments.size, "seed": arguments.seed, "lines": told}
    _write(arguments.out / "matching.json", json.dumps(content, indent=1))
    _write(arguments.out / "matching.md", table(lines))
    _write(arguments.out / "matching.svg", plot(lines))
    sys.stdout.write(json.dumps(content) + "\n" if arguments.json else table(lines))
    return BAD if worst(lines) else GOOD


def _estimate(arguments: Namespace) -> int:
    import msgspec

    from test_suites.proof.identity.estimation import estimate

    made = estimate(size=arguments.size, seed=arguments.seed, random_pairs=_CHANCE)
    written = msgspec.json.format(msgspec.json.encode(made), indent=1).decode() + "\n"
    _write(arguments.out / "weights.json", written)
    sys.stdout.write(made.made + "\n")
    return GOOD


def _write(file: Path, content: str) -> None:
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(content, encoding="utf-8")
    draft.replace(file)


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("test_suites.proof") / "messages")
