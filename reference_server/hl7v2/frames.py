"""MLLP frames: a message between 0x0B and 0x1C 0x0D; knows no socket and no message.

Source: HL7 "Transport Specification: MLLP, Release 2" §2, and IHE ITI TF-2 Appendix C.
"""

from enum import StrEnum
from typing import Final

BEGIN: Final = b"\x0b"
END: Final = b"\x1c\r"


class Trouble(StrEnum):
    """Why bytes are no frames; nothing that follows on the connection can be trusted."""

    OUTSIDE = "outside"
    UNENDED = "unended"
    TOO_LARGE = "too-large"


class FrameFault(ValueError):
    """The peer does not speak MLLP, or too much of it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def framed(message: bytes) -> bytes:
    """Return a message in its frame."""
    return b"".join((BEGIN, message, END))


class Deframer:
    """Cuts a stream into messages; `limit` is the most bytes of one."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()

    @property
    def is_inside(self) -> bool:
        """Whether a message has begun that has not ended."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that end in these bytes; raises FrameFault.

        What came whole before the fault is lost with the connection, unless `whole` was asked.
        """
        self._held += data
        whole: list[bytes] = []
        begin = 0
        while begin < len(self._held):
            if self._held[begin] != BEGIN[0]:
                raise self._fault(Trouble.OUTSIDE, whole)
            end = self._held.find(END[:1], begin + 1)
            if end < 0 or end + 1 >= len(self._held):
                if len(self._held) - begin > self._limit + len(END):
                    raise self._fault(Trouble.TOO_LARGE, whole)
                break
            if self._held[end + 1] != END[1]:
                raise self._fault(Trouble.UNENDED, whole)
            if end - begin - 1 > self._limit:
                raise self._fault(Trouble.TOO_LARGE, whole)
            whole.append(bytes(self._held[begin + 1 : end]))
            begin = end + 2
        del self._held[:begin]
        return whole

    def _fault(self, trouble: Trouble, whole: list[bytes]) -> FrameFault:
        self.whole = tuple(whole)
        return FrameFault(trouble)

    whole: tuple[bytes, ...] = ()
    """The messages that came whole before a fault."""
