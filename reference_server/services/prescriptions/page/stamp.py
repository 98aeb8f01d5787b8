"""Checks a PDF and stamps a QR code into it; the program of the worker process, too.

It is started by its path, so it imports nothing of ours: a worker is up in a fraction of a
second and holds no secret but the page at hand. It must not know prescriptions.

The stamp stands at the top right of the first page as people see it (rotation, crop box and
user unit counted in): in the 40 mm square that is to be left free, 30 mm of QR code with its
quiet zone on white, and the number below it.
"""

import json
import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

import pikepdf
import segno

MAX_PAGES = 10
FREE_MM = 40.0
_MARGIN_MM = 5.0
_CODE_MM = 30.0
_QUIET_MODULES = 4
_MASK = 2
_NUMBER_SIZE_MM = 3.0
_NUMBER_BASELINE_MM = -38.4
_COURIER_WIDTH = 0.6
_POINTS_PER_MM = 72 / 25.4
_FONT = pikepdf.Name("/ErxNumber")
_MAX_DEPTH = 40
_MAX_INHERITANCE = 50
_HEADER_WITHIN = 1024

_FRAME = struct.Struct(">II")
_MEMORY_LIMIT = 1 << 30

_ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/AA", "/XFA", "/EmbeddedFiles", "/EF", "/AF"})
_ACTIVE_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToE",
        "/GoToR",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/RichMediaExecute",
        "/GoTo3DView",
    }
)
_ACTIVE_ANNOTATIONS = frozenset(
    {"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"}
)


@dataclass(frozen=True, slots=True)
class Corner:
    """The top right corner of a page as seen, in its own units: where, and which way is right.

    `right` and `up` are unit vectors, `scale` is units per millimetre, sizes are millimetres.
    """

    x: float
    y: float
    right: tuple[int, int]
    up: tuple[int, int]
    scale: float
    width: float
    height: float

    @property
    def matrix(self) -> str:
        """The operands of `cm` that make millimetres from this corner the current space."""
        numbers = (
            self.right[0] * self.scale,
            self.right[1] * self.scale,
            self.up[0] * self.scale,
            self.up[1] * self.scale,
            self.x,
            self.y,
        )
        return " ".join(f"{number:.5f}" for number in numbers)


def look_and_stamp(
    content: bytes, *, number: str | None, payload: str | None
) -> tuple[list[str], bytes]:
    """Return the codes of what is wrong with a PDF, and the stamped PDF where nothing is.

    Without a payload the PDF is only looked at.
    """
    if b"%PDF-" not in content[:_HEADER_WITHIN]:
        return ["pdf-unreadable"], b""
    try:
        with pikepdf.open(BytesIO(content), attempt_recovery=False) as pdf:
            faults = list(_faults(pdf))
            if faults or number is None or payload is None:
                return faults, b""
            return [], _stamped(pdf, number, payload)
    except pikepdf.PasswordError:
        return ["pdf-encrypted"], b""
    except Exception:  # noqa: BLE001 - whatever a hostile PDF makes the library raise
        return ["pdf-unreadable"], b""


def _faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "pdf-encrypted"
    pages = len(pdf.pages)
    if pages == 0:
        yield "pdf-unreadable"
        return
    if pages > MAX_PAGES:
        yield "pdf-too-many-pages"
    if _is_active(pdf):
        yield "pdf-active-content"
    corner = find_corner(pdf.pages[0])
    if corner.width < FREE_MM or corner.height < FREE_MM:
        yield "pdf-page-too-small"


def _is_active(pdf: pikepdf.Pdf) -> bool:
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary):
        return True
    return any(_holds_active(found, 0) for found in pdf.objects)


def _holds_active(found: object, depth: int) -> bool:
    """Tell whether an object, or what stands directly in it, can act."""
    if depth > _MAX_DEPTH:
        raise RecursionError
    if isinstance(found, pikepdf.Stream):
        found = found.stream_dict
    if isinstance(found, pikepdf.Dictionary):
        keys = found.keys()
        if not _ACTIVE_KEYS.isdisjoint(keys):
            return True
        if "/S" in keys and _name(found, "/S") in _ACTIVE_ACTIONS:
            return True
        if "/Subtype" in keys and _name(found, "/Subtype") in _ACTIVE_ANNOTATIONS:
            return True
        return any(_holds_active(item, depth + 1) for item in found.values() if _is_inside(item))
    if isinstance(found, pikepdf.Array):
        return any(_holds_active(item, depth + 1) for item in found if _is_inside(item))
    return False


def _is_inside(item: object) -> bool:
    return isinstance(item, pikepdf.Object) and not item.is_indirect


def _name(dictionary: pikepdf.Dictionary, key: str) -> str:
    value = dictionary.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""


def find_corner(page: pikepdf.Page) -> Corner:
    """Return the top right corner of a page as people see it."""
    left, bottom, right, top = _visible(page)
    unit = float(page.obj.get("/UserUnit", 1))
    if not 0 < unit < float("inf"):
        raise ValueError("no such user unit")
    turned = int(_inherited(page, "/Rotate") or 0) % 360
    scale = _POINTS_PER_MM / unit
    x, y, rightwards, upwards = {
        0: (right, top, (1, 0), (0, 1)),
        90: (left, top, (0, 1), (-1, 0)),
        180: (left, bottom, (-1, 0), (0, -1)),
        270: (right, bottom, (0, -1), (1, 0)),
    }[turned]
    sizes = ((right - left) / scale, (top - bottom) / scale)
    width, height = sizes if turned in {0, 180} else sizes[::-1]
    return Corner(x, y, rightwards, upwards, scale, width, height)


def _visible(page: pikepdf.Page) -> tuple[float, float, float, float]:
    media = _box(_inherited(page, "/MediaBox"))
    crop = _inherited(page, "/CropBox")
    if crop is None:
        return media
    left, bottom, right, top = _box(crop)
    return (
        max(left, media[0]),
        max(bottom, media[1]),
        min(right, media[2]),
        min(top, media[3]),
    )


def _box(array: pikepdf.Object | None) -> tuple[float, float, float, float]:
    if array is None:
        raise ValueError("a page without a media box")
    x, y, other_x, other_y = (float(side) for side in array.as_list())
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _inherited(page: pikepdf.Page, key: str) -> pikepdf.Object | None:
    node: pikepdf.Object = page.obj
    for _ in range(_MAX_INHERITANCE):
        if key in node:
            found: pikepdf.Object = node[key]
            return found
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    raise RecursionError


def _stamped(pdf: pikepdf.Pdf, number: str, payload: str) -> bytes:
    page = pdf.pages[0]
    font = page.add_resource(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name("/Courier-Bold"),
        ),
        pikepdf.Name.Font,
        name=_FONT,
    )
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(draw(find_corner(page), number, payload, str(font)))
    written = BytesIO()
    # Not compressing our few kilobytes spares qpdf from writing every stream of the page anew.
    pdf.save(
        written,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        deterministic_id=True,
    )
    return written.getvalue()


def draw(corner: Corner, number: str, payload: str, font: str) -> bytes:
    """Return the content stream of the stamp, which first ends the page's own drawing state."""
    edge = -_MARGIN_MM - _CODE_MM
    band = FREE_MM - _MARGIN_MM
    text_left = edge + (_CODE_MM - len(number) * _COURIER_WIDTH * _NUMBER_SIZE_MM) / 2
    rows = _matrix(payload)
    side = _CODE_MM / (len(rows) + 2 * _QUIET_MODULES)
    parts = [
        f"\nQ q {corner.matrix} cm",
        f"1 g {edge:.3f} {-FREE_MM:.3f} {_CODE_MM:.3f} {band:.3f} re f",
        f"0 g q {side:.6f} 0 0 {-side:.6f} {edge:.4f} {-_MARGIN_MM:.4f} cm",
        *_modules(rows),
        "f Q",
        f"BT {font} {_NUMBER_SIZE_MM:.3f} Tf {text_left:.3f} {_NUMBER_BASELINE_MM:.3f} Td",
        f"({number}) Tj ET Q\n",
    ]
    return "\n".join(parts).encode("ascii")


def _matrix(payload: str) -> tuple[bytearray, ...]:
    """Return the rows of the QR code, a byte for each module.

    The mask is a fixed one. Choosing the best of eight costs five times what the code itself
    does, and is there for contents that repeat themselves: ours is mostly random bits.
    """
    code = segno.make(payload, error="m", micro=False, mode="alphanumeric", mask=_MASK)
    return tuple(code.matrix)


def _modules(rows: tuple[bytearray, ...]) -> Iterator[str]:
    """Yield one rectangle for each horizontal run of dark modules, a module being 1 by 1."""
    for y, row in enumerate(rows, start=_QUIET_MODULES):
        for start, length in _runs(row):
            yield f"{start + _QUIET_MODULES} {y} {length} 1 re"


def _runs(row: bytearray) -> Iterator[tuple[int, int]]:
    start = row.find(1)
    while start >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        yield start, end - start
        start = row.find(1, end)


def _read(source: BinaryIO, count: int) -> bytes:
    received = source.read(count)
    if len(received) != count:
        raise EOFError
    return received


def _serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer frames: two lengths, a JSON head, a PDF. Ends when the other side is gone."""
    with suppress(EOFError, BrokenPipeError):
        while True:
            head_length, body_length = _FRAME.unpack(_read(source, _FRAME.size))
            head = json.loads(_read(source, head_length))
            content = _read(source, body_length)
            faults, stamped = look_and_stamp(
                content, number=head["number"], payload=head["payload"]
            )
            answer = json.dumps(faults).encode("ascii")
            sink.write(_FRAME.pack(len(answer), len(stamped)) + answer)
            sink.write(stamped)
            sink.flush()


def _limit_myself() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit_myself()
    _serve(sys.stdin.buffer, sys.stdout.buffer)
