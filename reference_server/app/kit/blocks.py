"""A page as blocks, written as Markdown or as HTML: both say the same; knows no sandbox.

Sentences may hold `code`, **strong** and [text](address); everything else in them is plain.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\[(?P<text>[^]]+)\]\((?P<address>[^)]+)\)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Begins a chapter."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One paragraph; a note stands out."""

    text: str
    is_note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Something to type (`sh`, `powershell`) or to write into a file of that name."""

    content: str
    language: str
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under heads."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list, numbered where the order counts."""

    items: tuple[str, ...]
    is_numbered: bool = False


Block: TypeAlias = Heading | Text | Code | Table | Items


def markdown(title: str, blocks: Iterable[Block]) -> str:
    """Return a page as Markdown."""
    return f"# {title}\n\n" + "\n\n".join(_marked(block) for block in blocks) + "\n"


def _marked(block: Block) -> str:
    match block:
        case Heading():
            return f"## {block.text}"
        case Text():
            return f"> {block.text}" if block.is_note else block.text
        case Code():
            named = f" title={block.file}" if block.file else ""
            return f"```{block.language}{named}\n{block.content}\n```"
        case Table():
            lines = (block.head, ("---",) * len(block.head), *block.rows)
            cells = ((cell.replace("|", r"\|") for cell in line) for line in lines)
            return "\n".join(f"| {' | '.join(line)} |" for line in cells)
        case Items():
            mark = "1." if block.is_numbered else "-"
            return "\n".join(f"{mark} {item}" for item in block.items)


def body(blocks: Iterable[Block]) -> str:
    """Return the body of a page as HTML: sections, each labelled by its heading."""
    return "\n".join(_parts(blocks))


def _parts(blocks: Iterable[Block]) -> Iterator[str]:
    is_open = False
    for block in blocks:
        if isinstance(block, Heading):
            if is_open:
                yield "</section>"
            is_open = True
            yield f'<section aria-labelledby="{block.anchor}">'
            yield f'<h2 id="{block.anchor}">{inline(block.text)}</h2>'
        else:
            yield _tagged(block)
    if is_open:
        yield "</section>"


def _tagged(block: Text | Code | Table | Items) -> str:
    match block:
        case Text():
            noted = ' class="note"' if block.is_note else ""
            return f"<p{noted}>{inline(block.text)}</p>"
        case Code():
            named = f"<figcaption>{inline(block.file)}</figcaption>" if block.file else ""
            shown = html.escape(block.content, quote=False)
            return (
                f'<figure class="code {block.language}">{named}'
                f'<pre tabindex="0"><code>{shown}</code></pre></figure>'
            )
        case Table():
            head = "".join(f'<th scope="col">{inline(cell)}</th>' for cell in block.head)
            rows = "\n".join(f"<tr>{_row(row)}</tr>" for row in block.rows)
            return (
                f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead>\n'
                f"<tbody>\n{rows}\n</tbody></table></div>"
            )
        case Items():
            tag = "ol" if block.is_numbered else "ul"
            items = "\n".join(f"<li>{inline(item)}</li>" for item in block.items)
            return f"<{tag}>\n{items}\n</{tag}>"


def _row(row: tuple[str, ...]) -> str:
    first, *others = row
    cells = "".join(f"<td>{inline(cell)}</td>" for cell in others)
    return f'<th scope="row">{inline(first)}</th>{cells}'


def inline(text: str) -> str:
    """Return a sentence as HTML."""
    written, end = [], 0
    for found in _INLINE.finditer(text):
        written += [html.escape(text[end : found.start()], quote=False), _within(found)]
        end = found.end()
    return "".join((*written, html.escape(text[end:], quote=False)))


def _within(found: re.Match[str]) -> str:
    if found["code"]:
        return f"<code>{html.escape(found['code'], quote=False)}</code>"
    if found["strong"]:
        return f"<strong>{html.escape(found['strong'], quote=False)}</strong>"
    address = html.escape(found["address"])
    return f'<a href="{address}">{html.escape(found["text"], quote=False)}</a>'
