"""How a supplier of HL7 v2 may be wrong: what its answers are made into before they leave."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from reference_server.hl7v2.er7 import Er7Fault, Message, read, segment, write
from reference_server.hl7v2.frames import framed

Bend: TypeAlias = Callable[[bytes, bytes], bytes | None]
"""Makes of a message and its answer the frame that leaves."""
_Change: TypeAlias = Callable[[Message | None, list[str]], list[str]]
"""Makes of a message (None: unreadable) and the segments that answer it those that leave."""
_UTF_8: Final = "UNICODE UTF-8"
_SEARCH: Final = b"^Q22"
_FEED: Final = b"|ADT^"


def _changing(change: _Change, only: bytes = b"") -> Bend:
    def bend(message: bytes, answer: bytes) -> bytes:
        if only not in message.partition(b"\r")[0]:
            return framed(answer)
        told = read(answer)
        lines = change(_readable(message), [each.text for each in told.segments])
        return framed(write(lines, told.charset))

    return bend


def _readable(message: bytes) -> Message | None:
    try:
        return read(message)
    except Er7Fault:
        return None


def _repeats_first_page() -> Bend:
    """Give the first page again, whatever comes after it."""
    first: dict[str, list[str]] = {}

    def change(message: Message | None, lines: list[str]) -> list[str]:
        if message is None:
            return lines
        qpd, dsc = message.first("QPD"), message.first("DSC")
        tag = "" if qpd is None else qpd.value(2)
        if dsc is None or not dsc.value(1):
            first[tag] = lines
            return lines
        return [*lines[:2], *first.get(tag, lines)[2:]]

    return _changing(change, _SEARCH)


def _leaks_domains(message: Message | None, lines: list[str]) -> list[str]:
    """Tell the national number, too, where another domain was asked for."""
    qpd = None if message is None else message.first("QPD")
    if qpd is None or not qpd.field(8):
        return lines
    return [_with_number(each, "1984031790315^^^&1.3.182.4.4&ISO") for each in lines]


def _with_number(line: str, number: str) -> str:
    parts = line.split("|")
    if parts[0] == "PID":
        parts[3] += f"~{number}"
    return "|".join(parts)


def _nonsense_for_absence(_message: Message | None, lines: list[str]) -> list[str]:
    """Answer what cannot be understood as if nobody had been found."""
    told = [line for line in lines if not line.startswith("ERR")]
    return [line.replace("MSA|AE|", "MSA|AA|").replace("|AE|", "|NF|") for line in told]


def _drops_pointer(_message: Message | None, lines: list[str]) -> list[str]:
    """Never say that there are more."""
    return [line for line in lines if not line.startswith("DSC")]


def _keeps_old_traits(_message: Message | None, lines: list[str]) -> list[str]:
    """Show who was corrected under the old name."""
    return [line.replace("|Neuname^", "|Altname^") for line in lines]


def _finds_somebody_else(_message: Message | None, lines: list[str]) -> list[str]:
    """Add another person to whoever was asked for by number."""
    if not any("Nummerer" in line for line in lines):
        return lines
    return [
        *lines,
        segment("PID", "2", "", "C-5^^^&1.3.182.3.1.1.90200116.2&ISO", "", "Nummerer^Mia"),
    ]


def _acknowledges_everything(_message: Message | None, lines: list[str]) -> list[str]:
    """Say AA to a feed that was refused."""
    told = [line for line in lines if not line.startswith("ERR")]
    return [line.replace("MSA|AE|", "MSA|AA|").replace("MSA|AR|", "MSA|AA|") for line in told]


def _names_another_message(_message: Message | None, lines: list[str]) -> list[str]:
    """Name in MSA-2 a message that nobody sent."""
    return [_with(line, "MSA", 2, "1") for line in lines]


def _answers_in_its_own_version(_message: Message | None, lines: list[str]) -> list[str]:
    """Answer in 2.5, whatever version the message has."""
    return [_with(line, "MSH", 11, "2.5") for line in lines]


def _with(line: str, name: str, index: int, value: str) -> str:
    """Return a line with what stands after so many separators replaced, if it is that segment."""
    parts = line.split("|")
    if parts[0] == name and len(parts) > index:
        parts[index] = value
    return "|".join(parts)


BENDS: Final[Mapping[str, Callable[[], Bend]]] = {
    "repeats-first-page": _repeats_first_page,
    "leaks-domains": lambda: _changing(_leaks_domains, _SEARCH),
    "takes-nonsense-for-absence": lambda: _changing(_nonsense_for_absence, _SEARCH),
    "drops-pointer": lambda: _changing(_drops_pointer, _SEARCH),
    "keeps-old-traits": lambda: _changing(_keeps_old_traits, _SEARCH),
    "finds-somebody-else": lambda: _changing(_finds_somebody_else, _SEARCH),
    "acknowledges-everything": lambda: _changing(_acknowledges_everything, _FEED),
    "names-another-message": lambda: _changing(_names_another_message),
    "answers-in-its-own-version": lambda: _changing(_answers_in_its_own_version),
}
"""By the name of the defect; each server begins with one of its own."""
