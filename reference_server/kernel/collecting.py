"""How often a process of ours looks for garbage in circles; knows nothing that it does."""

import gc

_NEW_OBJECTS = 50_000
_ROUNDS = 20


def collect_rarely() -> None:
    """Keep what stands by now out of every collection, and let more gather before the next one.

    Called once a process has read what it needs: facts, tables and libraries make hundreds of
    thousands of objects that live to its end, and walking them again and again was up to a fourth
    of the processor time of a run. Nothing is kept that would have been freed: what is in no
    circle goes at once, as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _ROUNDS, _ROUNDS)
