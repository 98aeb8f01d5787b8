"""Which page of a long list is shown; knows no list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from reference_server.kernel.web.visit import Visit

SIZE: Final = 50
PARAMETER: Final = "page"
_AROUND: Final = 2
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """A page of a list: `number` from 1, `size` items at most, of `total` in all."""

    number: int
    size: int
    total: int

    @classmethod
    def of(cls, visit: Visit, total: int, *, size: int = SIZE) -> Self:
        """Return the page that an address asks for; a number that does not exist is the nearest."""
        asked = visit.asked(PARAMETER, "1")
        last = max(1, -(-total // size))
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1  # noqa: PLR2004  more digits than any list has
        return cls(number=min(max(number, 1), last), size=size, total=total)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.size))

    @property
    def first_item(self) -> int:
        """The number of the first item shown, from 1; 0 where there is none."""
        return min((self.number - 1) * self.size + 1, self.total)

    @property
    def last_item(self) -> int:
        """The number of the last item shown."""
        return min(self.number * self.size, self.total)

    @property
    def near(self) -> tuple[int, ...]:
        """The numbers of the pages to offer: first, last and those around this one."""
        around = range(self.number - _AROUND, self.number + _AROUND + 1)
        return tuple(sorted({1, self.last, *(n for n in around if 1 <= n <= self.last)}))

    def cut(self, items: Sequence[T]) -> Sequence[T]:
        """Return the items of this page out of all."""
        return items[self.first_item - 1 : self.last_item] if self.total else items[:0]
