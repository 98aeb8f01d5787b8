"""What a conversation between a product and the peer left behind, and the conversations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from test_suites.vendors.kit.acts import Act
from test_suites.vendors.kit.product import Product
from tests.test_suites.vendors.client import ANNA, LINES, TUN, Bench, base64_of, bench
from tests.test_suites.vendors.peer import Fault, Peer, Seen, running_peer
from tests.test_suites.vendors.sheet import stamped_sheet

KO = ("patient-unknown", "line-code-unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What came at the peer, what the acts showed and printed, what the log holds."""

    peer: Peer
    acts: tuple[Act, ...]
    log: str

    def of(self, operation: str) -> list[Seen]:
        return self.peer.of(operation)

    @property
    def last(self) -> Act:
        return self.acts[-1]

    def levels(self) -> set[str]:
        return {sentence.level.value for sentence in self.last.desk.shown}

    def shown(self) -> str:
        return " ".join(sentence.text for sentence in self.last.desk.shown)

    def printed(self) -> list[bytes]:
        return [sheet.content for sheet in self.last.desk.printed]

    def gap(self, operation: str) -> float:
        """Return the shortest time between two attempts, seconds."""
        return min(b.at - a.at for a, b in pairwise(self.of(operation)))


Play = Callable[[Bench, Peer], list[Act]]


@contextmanager
def played(
    product: Product[Any], play: Play, *, before: Product[Any] | None = None, trusted: bool = True
) -> Iterator[Evidence]:
    """Play a conversation; `before` is the prescriber's product that first issues one."""
    with running_peer() as peer:
        if before is not None:
            with bench(before, peer) as desk:
                desk.act("prescribe", patient=ANNA, lines=LINES)
        authority = peer.authority if trusted else Peer().authority
        with bench(product, peer, trust_pem=authority.trust_pem) as desk:
            acts = play(desk, peer)
            yield Evidence(peer=peer, acts=tuple(acts), log=desk.log())


def prescribes(desk: Bench, _: Peer) -> list[Act]:
    return [desk.act("prescribe", patient=ANNA, lines=LINES)]


def prescribes_for_two(desk: Bench, _: Peer) -> list[Act]:
    return [desk.act("prescribe", patient=who, lines=LINES) for who in (ANNA, TUN)]


def meets_ko(desk: Bench, peer: Peer) -> list[Act]:
    peer.ko = KO
    return prescribes(desk, peer)


def resubmits(desk: Bench, peer: Peer) -> list[Act]:
    return [*prescribes(desk, peer), desk.act("resubmit-last")]


def cancels(desk: Bench, peer: Peer) -> list[Act]:
    issued = prescribes(desk, peer)
    number = issued[0].result["number"]
    return [*issued, desk.act("cancel", number=number, reason="error")]


def presents(desk: Bench, peer: Peer, act: str, **parameters: object) -> Act:
    paper = base64_of(stamped_sheet(peer.only().code, peer.only().number))
    return desk.act(act, paper_base64=paper, **parameters)


def dispenses(desk: Bench, peer: Peer) -> list[Act]:
    return [presents(desk, peer, "dispense")]


def dispenses_a_line(desk: Bench, peer: Peer) -> list[Act]:
    return [presents(desk, peer, "dispense", lines=[{"code": "BIO-0401"}])]


def dispenses_again(desk: Bench, peer: Peer) -> list[Act]:
    return [presents(desk, peer, "dispense"), presents(desk, peer, "dispense")]


def retrieves(desk: Bench, peer: Peer) -> list[Act]:
    return [presents(desk, peer, "retrieve")]


def plan_b(desk: Bench, peer: Peer) -> list[Act]:
    return [desk.act("retrieve", number=peer.only().number, birth_date="1980-02-03")]


def releases(desk: Bench, peer: Peer) -> list[Act]:
    number = peer.only().number
    return [desk.act("reserve", number=number), desk.act("release", number=number)]


def against(play: Play, operation: str, *faults: Fault) -> Play:
    """Return the conversation with the first answers to an operation going wrong."""

    def play_against(desk: Bench, peer: Peer) -> list[Act]:
        peer.faults[operation].extend(faults)
        return play(desk, peer)

    return play_against
