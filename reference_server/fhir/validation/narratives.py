"""Links of narratives that lead to places within the resource: whether these are there.

Source: http://hl7.org/fhir/R4/narrative.html#id (`#` leads to an id of the narrative, of an element
or of a contained resource). In a Bundle every resource's ids count, because a document's
narratives are shown together.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.xhtml import links_and_marks

_DEEPEST: Final = 16
_LINK: Final = re.compile(r"""(?:href|src)\s*=\s*["']#""")
Place = tuple[str, str]


def look(whole: Mapping[str, Any]) -> Iterator[Extra]:
    """Yield the links within narratives of a resource, or of a Bundle's, that lead nowhere."""
    divs = list(_divs(whole))
    if not any(_LINK.search(text) for _, text in divs):
        return
    read = [(place, *links_and_marks(text)) for place, text in divs]
    known = {mark for _, _, marks in read for mark in marks} | set(_ids(whole))
    for place, links, _ in read:
        for link in dict.fromkeys(links):
            if link not in known:
                yield Extra(rule="narrative-link", code="invalid", below=place,
                            params={"name": f"#{link}"[:200]})  # fmt: skip


def _divs(whole: Mapping[str, Any]) -> Iterator[Place]:
    """Yield place and text of each narrative, below the outermost resource."""
    waiting: list[tuple[str, Any, int]] = [("", whole, 0)]
    while waiting:
        place, holder, depth = waiting.pop(0)
        if not isinstance(holder, dict) or depth > _DEEPEST:
            continue
        text = holder.get("text")
        div = text.get("div") if isinstance(text, dict) else None
        if isinstance(div, str):
            yield f"{place}.text.div", div
        for name in ("entry", "parameter", "section"):
            held = holder.get(name)
            for at, each in enumerate(held if isinstance(held, list) else ()):
                below = f"{place}.{name}[{at}]"
                if isinstance(each, dict) and name == "section":
                    waiting.append((below, each, depth + 1))
                elif isinstance(each, dict):
                    waiting.append((f"{below}.resource", each.get("resource"), depth + 1))


def _ids(whole: Any) -> Iterator[str]:  # noqa: ANN401  JSON
    waiting = [whole]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            own = each.get("id")
            if isinstance(own, str):
                yield own
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
