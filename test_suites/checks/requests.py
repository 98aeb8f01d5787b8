"""What many checks begin with: was anything sent at all? Knows no protocol."""

from collections.abc import Iterator
from functools import wraps

from test_suites.core.check import Look
from test_suites.core.finding import Observation
from test_suites.core.view import View, in_step


def where_something_was_sent(look: Look) -> Look:
    """Return a check that says so where nothing of the kind was sent."""

    @wraps(look)
    def looked(view: View) -> Iterator[Observation]:
        if view.exchanges():
            yield from look(view)
        else:
            yield view.unobserved("no-request", in_step(view))

    return looked
