"""Answers that were given before, ready to be sent again; bounded, and none of them a refusal."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

MOST: Final = 4096
LARGEST: Final = 64 * 1024
LONGEST_QUESTION: Final = 2048


class Answers:
    """Owns the last answers; the one that was not asked for longest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, question: Hashable, *, size: int, make: Callable[[], bytes]) -> bytes:
        """Return the answer; what `make` raises is not kept. `size` is how long the question is."""
        kept = self._kept.get(question)
        if kept is not None:
            self._kept.move_to_end(question)
            return kept
        answer = make()
        if size <= LONGEST_QUESTION and len(answer) <= LARGEST:
            self._kept[question] = answer
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return answer

    def __len__(self) -> int:
        return len(self._kept)
