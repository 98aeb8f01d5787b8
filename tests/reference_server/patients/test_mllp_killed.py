"""`kill -9` in the midst of a feed: what was acknowledged is in, and nothing is in twice."""

import hashlib
import socket
import threading
import time
from pathlib import Path
from typing import Final

import pytest

from reference_server.services.patients.model.subscription import Subscriber
from reference_server.services.patients.store.subscribers import due
from reference_server.world import World
from tests.reference_server.app.process import served
from tests.reference_server.patients.index import NORTH
from tests.reference_server.patients.speaking import adt, cx, pid
from tests.reference_server.patients.test_mllp_peers import ANSWER_SECONDS, ask, place


def word(number: int, kind: str, syllables: int) -> str:
    """Make a name that hardly anybody else has."""
    digest = hashlib.sha256(f"{kind} {number}".encode()).digest()
    pairs = zip(digest[:syllables], digest[syllables:], strict=False)
    return "".join("bdfgklmnprstvz"[a % 14] + "aeiou"[b % 5] for a, b in pairs).title()


def message(number: int) -> bytes:
    """Tell of a patient who is like nobody else: this is about durability, not about matching."""
    name = f"{word(number, 'family', 5)}^{word(number, 'given', 4)}"
    born = f"{1930 + number % 80}{1 + number % 12:02}{1 + number % 28:02}"
    told = pid(cx(f"K{number}"), name=name, born=born)
    told = told.replace("12, rue des Fleurs", f"{number}, {word(number, 'street', 5)}")
    told = told.replace("Luxembourg", word(number, "town", 4)).replace(
        "^1234^", f"^{10000 + number}^"
    )
    return b"\x0b" + adt("A28", f"k{number}", told) + b"\x1c\r"


def feed(wire: socket.socket, count: int, acknowledged: set[str], enough: threading.Event) -> None:
    """Send everything ahead; note what is acknowledged until the connection ends."""

    def send() -> None:
        try:
            for number in range(count):
                wire.sendall(message(number))
        except OSError:
            return

    sending = threading.Thread(target=send)
    sending.start()
    rest = b""
    try:
        while len(acknowledged) < count and (data := wire.recv(65536)):
            *whole, rest = (rest + data).split(b"\x1c\r")
            for answer in whole:
                line = next(each for each in answer.split(b"\r") if each.startswith(b"MSA"))
                if line.startswith(b"MSA|AA|"):
                    acknowledged.add(line.split(b"|")[2].decode())
            if len(acknowledged) > count // 3:
                enough.set()
    except OSError:
        pass
    enough.set()
    wire.close()
    sending.join()


@pytest.mark.slow
def test_every_message_acknowledged_before_kill_9_is_in_and_none_is_in_twice(
    tmp_path: Path,
) -> None:
    count = 10_000
    acknowledged: set[str] = set()
    enough = threading.Event()
    asked = ("--plain-http", "--mllp-port", "0")
    with served(tmp_path, *asked) as first:
        wire = socket.create_connection(place(first), timeout=120)
        feeding = threading.Thread(target=feed, args=(wire, count, acknowledged, enough))
        feeding.start()
        assert enough.wait(timeout=300)
        first.kill()
        feeding.join(timeout=60)
    before = frozenset(acknowledged)
    assert count // 3 < len(before) < count
    with served(tmp_path, *asked) as second:
        world = second.world()
        with world.store.read() as tx:
            rows = tx.execute("SELECT local_id FROM patient_record WHERE local_id LIKE 'K%'")
            kept = [str(row["local_id"]) for row in rows]
        assert len(kept) == len(set(kept))
        assert {each.replace("k", "K") for each in before} <= set(kept)
        # The sender does not know what was in: it sends everything again.
        wire = socket.create_connection(place(second), timeout=120)
        feed(wire, count, acknowledged, threading.Event())
        assert len(acknowledged) == count
        with world.store.read() as tx:
            total = tx.execute(
                "SELECT count(*) AS n, count(DISTINCT local_id) AS m FROM patient_record"
                " WHERE domain = ?",
                (f"urn:oid:1.3.182.3.1.1.{NORTH}.2",),
            ).fetchone()
            created = tx.execute(
                "SELECT count(*) AS n FROM patient_event WHERE kind = 'created'"
            ).fetchone()
            fell = world.state.get("patient-words")
        assert (total["n"], total["m"], created["n"], fell) == (count, count, count, 1)


FAR: Final = "9999"


def subscriber(world: World) -> Subscriber:
    with world.store.read() as tx:
        (only,) = due(tx, FAR)
    return only


@pytest.mark.slow
def test_whoever_was_away_hears_after_kill_9_what_happened_before(tmp_path: Path) -> None:
    with socket.socket() as away:
        away.bind(("127.0.0.1", 0))  # and listens to nobody yet
        url = f"{NORTH}=mllp://127.0.0.1:{away.getsockname()[1]}"
        asked = ("--plain-http", "--mllp-port", "0", "--notify", url)
        with served(tmp_path, *asked) as first:
            assert b"MSA|AA" in ask(first, message(1))
            world, ends = first.world(), time.monotonic() + ANSWER_SECONDS
            while not subscriber(world).failures:
                assert time.monotonic() < ends
                time.sleep(0.05)
            first.kill()
        away.listen()
        away.settimeout(ANSWER_SECONDS)
        with served(tmp_path, *asked):
            wire, _ = away.accept()
            with wire:
                heard = b""
                while not heard.endswith(b"\x1c\r"):
                    heard += wire.recv(65536)
    assert b"ADT^A31^ADT_A05" in heard
    assert b"K1^^^&" in heard
