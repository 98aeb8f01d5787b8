"""The house rules that a text alone can break; pure, so that each is shown to bite."""

import ast
import re
from collections.abc import Iterator

FUNCTION_LINES = 50
MODULE_LINES = 400
TEST_MODULE_LINES = 600

_UNFINISHED = re.compile(r"\b(T[O]DO|FIX[M]E|X[X]X|HA[C]K)\b")
_SILENCED = re.compile(
    r"#\s*(?:type:\s*ignore(?P<errors>\[[^\]]+\])?"
    r"|no[q]a(?P<rules>:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?)(?P<reason>.*)"
)
_REASON = re.compile(r"[^\W\d_]{2,}")  # at least a word

_REGISTRIES = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.org|crates\.io|proxy\.golang\.org"
    r"|repo1?\.maven\.|deb\.debian\.org|archive\.ubuntu\.com)"
    r"|https?://[a-z.]*(?:registry|mirror)\.[a-z]"
    r"|--(?:extra-)?index-[u]rl|--find-[l]inks"
)
_MACHINE_PATHS = re.compile(r"(?<![\w.\-{}])/(?:work|root|home/[a-z]\w*|Users/\w+)/\w")


def long_functions(source: str) -> Iterator[tuple[str, int]]:
    """Functions of more than FUNCTION_LINES lines, each with its length."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.name, length


def unfinished(source: str) -> Iterator[int]:
    """Numbers of the lines that say that something is still to be done."""
    for number, line in enumerate(source.splitlines(), 1):
        if _UNFINISHED.search(line):
            yield number


def silenced(source: str) -> Iterator[int]:
    """Numbers of the lines that silence a checker without codes or without saying why.

    The reason stands behind the codes, or where the line is full, in a comment line below it.
    """
    lines = source.splitlines()
    for number, (line, below) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        found = _SILENCED.search(line)
        if found is None:
            continue
        reason = found["reason"] + (below if below.lstrip().startswith("#") else "")
        if not (found["errors"] or found["rules"]) or not _REASON.search(reason):
            yield number


def leaks(text: str) -> Iterator[int]:
    """Numbers of the lines that name a package registry or a path of somebody's machine."""
    for number, line in enumerate(text.splitlines(), 1):
        if _REGISTRIES.search(line) or _MACHINE_PATHS.search(line):
            yield number
