"""Whether resources fit profiles, as it was tried for references to them; judges nothing itself.

Resources may refer to each other in a circle: while one is tried, it is taken to fit. What rests
on that is not known to be clean.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reference_server.fhir.validation.rules import Profile

Key = tuple[int, str]
"""A resource by its identity, and the profile's address."""


@dataclass(slots=True)
class Trials:
    """Owns the answers of one validation: which resource fits which profile."""

    clean: set[Key] = field(default_factory=set)
    """Where nothing at all was found, so that looking again would find nothing."""

    _answers: dict[Key, bool] = field(default_factory=dict)
    _running: set[Key] = field(default_factory=set)
    _presumed: int = 0

    def answer(self, key: Key) -> bool | None:
        """Return whether a resource fits; None where it was not tried."""
        if key in self._running:
            self._presumed += 1
            return True
        return self._answers.get(key)

    @contextmanager
    def begun(self, key: Key) -> Iterator[None]:
        """Take a resource to fit while it is tried."""
        self._running.add(key)
        try:
            yield
        finally:
            self._running.discard(key)

    def end(self, key: Key, *, fits: bool, clean: bool) -> None:
        """Keep what a trial found."""
        self._answers[key] = fits
        if clean and not self._presumed:
            self.clean.add(key)


def told_anyway(base: Profile | None, profile: Profile) -> set[tuple[str, str]]:
    """Return the invariants that a trial can leave out: a resource's own walk asks them anyway.

    They are mild, by the type and by the profile, so that none says that a resource does not fit.
    """
    if base is None:
        return set()
    strict = {each.same for each in profile.root.invariants if each.error}
    return {each.same for each in base.root.invariants if not each.error} - strict
