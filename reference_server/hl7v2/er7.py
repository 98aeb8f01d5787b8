"""ER7, the bar-and-hat form of HL7 v2: read lazily, written exactly; knows no segment's meaning.

A message is decoded once, by the character set it declares (MSH-18), and cut into segments; fields,
repetitions and components are cut only when somebody asks. Segments nobody knows (Z-segments) are
kept as they came. Source: HL7 v2.5 chapter 2 (2.3.1 is the same here).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

END: Final = "\r"
NULL: Final = '""'
"""The value that says "delete what you have" (HL7 v2.5 §2.5.3)."""
CHARSETS: Final = {
    "": "ascii",
    "ASCII": "ascii",
    "8859/1": "iso8859-1",
    "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
}
"""HL7 table 0211 as far as it is read here, and Python's names; `UTF-8` is tolerated."""
_PLAIN: Final = str.maketrans({"\u2019": "'", "“": '"', "”": '"', "„": '"', "\u202f": " "})
"""Signs of sentences that older character sets lack, and what stands for them there."""
_SEGMENT: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_SHORTEST: Final = 8
_MOST_SEGMENTS: Final = 2000
_DELIMITERS: Final = 5
_CHARSET_FIELD: Final = 18
_CONTROL_FIELD: Final = 10
_CONTROL: Final = re.compile(rb"[ -~]{1,50}")


class Er7Fault(ValueError):
    """A message cannot be read: `code` says why, `params` where.

    Codes: `not-hl7`, `delimiters`, `charset-unknown` (charset), `charset-wrong` (charset, offset),
    `segment-name` (number), `too-many-segments` (most).
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """The five signs that separate, as MSH-1 and MSH-2 declare them."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def declared(self) -> str:
        """MSH-2."""
        return f"{self.component}{self.repetition}{self.escape}{self.subcomponent}"


USUAL: Final = Delimiters()


@dataclass(slots=True)
class Segment:
    """One line of a message; fields count from 1, and MSH-1 is the separator, as in HL7."""

    name: str
    text: str
    delimiters: Delimiters
    _fields: list[str] | None = field(default=None, repr=False)

    def field(self, number: int) -> str:
        """Return a field as it stands, empty where the segment is shorter."""
        if self._fields is None:
            fields = self.text.split(self.delimiters.field)
            if self.name == "MSH":
                fields.insert(1, self.delimiters.field)
            self._fields = fields
        return self._fields[number] if number < len(self._fields) else ""

    def repetitions(self, number: int) -> tuple[str, ...]:
        """Return the repetitions of a field as they stand; none where it is empty."""
        told = self.field(number)
        return tuple(told.split(self.delimiters.repetition)) if told else ()

    def value(
        self, number: int, *, repetition: int = 1, component: int = 1, subcomponent: int = 1
    ) -> str:
        """Return one value without escapes; empty where there is none, or HL7's null."""
        told = self.field(number)
        if not told:
            return ""
        told = _nth(told, repetition, self.delimiters.repetition)
        return part(told, component, subcomponent, self.delimiters) if told else ""

    def values(self, number: int, count: int) -> list[str]:
        """Return the first components of a field's first repetition, each as `value` gives it."""
        told = _nth(self.field(number), 1, self.delimiters.repetition)
        return parts(told, count, self.delimiters)


@dataclass(slots=True)
class Message:
    """A message: its segments in order, as text; `charset` is MSH-18 as declared."""

    segments: tuple[Segment, ...]
    delimiters: Delimiters
    charset: str

    @property
    def header(self) -> Segment:
        """MSH."""
        return self.segments[0]

    def all(self, name: str) -> Iterator[Segment]:
        """Give the segments of a name, in order."""
        return (each for each in self.segments if each.name == name)

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name."""
        return next(self.all(name), None)


def part(text: str, component: int, subcomponent: int, delimiters: Delimiters = USUAL) -> str:
    """Return a subcomponent of a repetition, without escapes; HL7's null is empty."""
    told = _nth(_nth(text, component, delimiters.component), subcomponent, delimiters.subcomponent)
    if delimiters.escape not in told:
        return "" if told == NULL else told
    return unescape(told, delimiters)


def parts(text: str, count: int, delimiters: Delimiters = USUAL) -> list[str]:
    """Return the first `count` components of a repetition, each as `part` gives it."""
    told = text.split(delimiters.component, count)[:count]
    subcomponent = delimiters.subcomponent
    if subcomponent in text:
        told = [each.partition(subcomponent)[0] for each in told]
    if delimiters.escape in text:
        told = [unescape(each, delimiters) if each != NULL else "" for each in told]
    elif NULL in text:
        told = ["" if each == NULL else each for each in told]
    return told + [""] * (count - len(told))


def _nth(text: str, number: int, sign: str) -> str:
    """Return what stands between signs, counted from 1; empty where there are fewer."""
    if number == 1:
        return text.partition(sign)[0]
    several = text.split(sign, number)
    return several[number - 1] if number <= len(several) else ""


def read(raw: bytes) -> Message:
    """Return a message; raises Er7Fault."""
    delimiters = _delimiters(raw)
    charset = _declared_charset(raw, delimiters)
    codec = CHARSETS.get(charset)
    if codec is None:
        raise Er7Fault("charset-unknown", charset=charset[:32])
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        raise Er7Fault("charset-wrong", charset=charset or "ASCII", offset=error.start) from None
    lines = [line.lstrip("\n") for line in text.split(END)]
    told = [line for line in lines if line]
    if len(told) > _MOST_SEGMENTS:
        raise Er7Fault("too-many-segments", most=_MOST_SEGMENTS)
    return Message(
        segments=tuple(_segments(told, delimiters)), delimiters=delimiters, charset=charset
    )


def _segments(lines: Sequence[str], delimiters: Delimiters) -> Iterator[Segment]:
    for number, line in enumerate(lines, 1):
        name = line[:3]
        if not _SEGMENT.fullmatch(name) or line[3:4] not in ("", delimiters.field):
            raise Er7Fault("segment-name", number=number)
        yield Segment(name, line, delimiters)


def _delimiters(raw: bytes) -> Delimiters:
    if len(raw) < _SHORTEST or raw[:3] != b"MSH":
        raise Er7Fault("not-hl7")
    signs = raw[3:8].decode("latin-1")
    sound = all(" " < sign <= "~" and not sign.isalnum() for sign in signs)
    if len(set(signs)) != _DELIMITERS or not sound or raw[8:9] not in (raw[3:4], b""):
        raise Er7Fault("delimiters")
    return Delimiters(
        field=signs[0],
        component=signs[1],
        repetition=signs[2],
        escape=signs[3],
        subcomponent=signs[4],
    )


def _declared_charset(raw: bytes, delimiters: Delimiters) -> str:
    """Return the first repetition of MSH-18; the header up to there is ASCII in all of them."""
    header = raw.split(b"\r", 1)[0].decode("latin-1").split(delimiters.field)
    told = header[_CHARSET_FIELD - 1] if len(header) >= _CHARSET_FIELD else ""
    return told.split(delimiters.repetition)[0].strip()


def unescape(text: str, delimiters: Delimiters = USUAL) -> str:
    """Return a text without escape sequences (HL7 v2.5 §2.7); an unknown one stays as it is."""
    sign = delimiters.escape
    if sign not in text:
        return text
    named = {
        "F": delimiters.field,
        "S": delimiters.component,
        "R": delimiters.repetition,
        "E": sign,
        "T": delimiters.subcomponent,
        "H": "",
        "N": "",
        ".br": "\n",
    }
    pieces = text.split(sign)
    if len(pieces) % 2 == 0:  # the last sign opens a sequence that nothing ends
        pieces[-2:] = [f"{pieces[-2]}{sign}{pieces[-1]}"]
    plain: list[str] = []
    for position, piece in enumerate(pieces):
        if position % 2 == 0:
            plain.append(piece)
        else:
            plain.append(named.get(piece, _hexadecimal(piece, sign)))
    return "".join(plain)


def _hexadecimal(sequence: str, sign: str) -> str:
    if sequence[:1] == "X" and len(sequence) > 1:
        try:
            return bytes.fromhex(sequence[1:]).decode("latin-1")
        except ValueError:
            pass
    return f"{sign}{sequence}{sign}"


def escape(text: str, delimiters: Delimiters = USUAL) -> str:
    r"""Return a text that separates nothing; signs below the blank become `\Xdd\`."""
    must = _USUAL_SIGNS if delimiters is USUAL else _must_escape(delimiters)
    if not must.search(text):
        return text
    named = {
        delimiters.escape: "E",
        delimiters.field: "F",
        delimiters.component: "S",
        delimiters.repetition: "R",
        delimiters.subcomponent: "T",
    }
    sign = delimiters.escape
    return "".join(
        f"{sign}{named[each]}{sign}"
        if each in named
        else f"{sign}X{ord(each):02X}{sign}"
        if each < " " or each == "\x7f"
        else each
        for each in text
    )


def _must_escape(delimiters: Delimiters) -> re.Pattern[str]:
    """Return what finds a sign that separates, or one below the blank."""
    signs = f"{delimiters.escape}{delimiters.field}{delimiters.declared}"
    return re.compile(f"[\x00-\x1f\x7f{re.escape(signs)}]")


_USUAL_SIGNS: Final = _must_escape(USUAL)


def components(*parts: str | Sequence[str]) -> str:
    """Return one repetition of a field, escaped; a component that is a sequence has parts."""
    told = [
        escape(each) if isinstance(each, str) else _trimmed([escape(one) for one in each], "&")
        for each in parts
    ]
    return _trimmed(told, "^")


def repeated(values: Sequence[str]) -> str:
    """Return a field of repetitions that are written already."""
    return "~".join(values)


def segment(name: str, *fields: str) -> str:
    """Return a segment of fields that are written already; empty ones at the end are left out."""
    return _trimmed([name, *fields], "|")


def _trimmed(parts: list[str], sign: str) -> str:
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return sign.join(parts)


def can_say(segments: Sequence[str], charset: str) -> bool:
    """Tell whether a character set has every sign of some segments."""
    codec = CHARSETS.get(charset, "ascii")
    if codec == "utf-8":
        return True
    try:
        "".join(segments).translate(_PLAIN).encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def control_id(raw: bytes) -> str:
    """Return MSH-10 of what may be no message, for an answer to name; empty where none is told."""
    fields = raw.split(b"\r", 1)[0].split(raw[3:4] or b"|")
    told = fields[_CONTROL_FIELD - 1] if len(fields) >= _CONTROL_FIELD else b""
    return told.decode("ascii") if raw[:3] == b"MSH" and _CONTROL.fullmatch(told) else ""


def write(segments: Sequence[str], charset: str) -> bytes:
    """Return a message in a character set (MSH-18); what it lacks becomes `?`."""
    codec = CHARSETS.get(charset, "ascii")
    text = "".join(f"{each}{END}" for each in segments)
    if codec != "utf-8":
        text = text.translate(_PLAIN)
    return text.encode(codec, "replace")
