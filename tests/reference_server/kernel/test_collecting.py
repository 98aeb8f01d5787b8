"""A process of ours looks for garbage rarely, and still finds what stands in circles."""

import subprocess
import sys

_PROGRAM = """
import gc, weakref
from reference_server.kernel.collecting import collect_rarely

class Thing: ...

def circle():
    one = Thing()
    one.itself = one
    return weakref.ref(one)

standing = [circle() for _ in range(3)]
collect_rarely()
assert gc.get_freeze_count() > 0
assert gc.isenabled()
assert all(each() is None for each in standing)
later = circle()
made = [[] for _ in range(1_500_000)]
assert later() is None, "a circle stayed although enough was made since"
"""


def test_what_stands_is_kept_out_and_later_circles_still_go() -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM], check=True)
