"""The port for HL7 v2, spoken to by programs that are not ours: hl7, hl7apy, openssl."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import hl7
import hl7apy.parser
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hl7.client import MLLPClient

from reference_server.app.worlds import open_world
from reference_server.population import load
from reference_server.population.country.people import inhabitants
from reference_server.ports import CERTIFICATES, CertificateOrder
from reference_server.world.authority import Authority
from tests.reference_server.app.process import Served, served
from tests.reference_server.patients.index import NORTH, SOUTH
from tests.reference_server.patients.speaking import adt, cx, pid, qbp
from tests.reference_server.patients.test_together import number, told

ANSWER_SECONDS = 30


def place(running: Served, world: str = "integration") -> tuple[str, int]:
    told = running.told["messages"]
    assert isinstance(told, dict)
    url = urlsplit(told[world])
    return str(url.hostname), int(url.port or 0)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("plain")
    with served(folder, "--plain-http", "--mllp-port", "0") as running:
        yield running


def ask(running: Served, data: bytes) -> bytes:
    """Send bytes on a connection of their own; return everything that came until its end."""
    with socket.create_connection(place(running), timeout=ANSWER_SECONDS) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_mllp_send_feeds_a_file_and_shows_the_acknowledgements(
    plain: Served, tmp_path: Path
) -> None:
    file = tmp_path / "feed.hl7"
    messages = [adt("A28", f"file-{n}", pid(cx(f"F{n}"), name=f"Weber^Test{n}")) for n in range(3)]
    file.write_bytes(b"".join(b"\x0b" + each + b"\x1c\r" for each in messages))
    host, port = place(plain)
    program = Path(sys.executable).with_name("mllp_send")
    done = subprocess.run(
        [str(program), "--port", str(port), "--file", str(file), host],
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.count(b"MSA|AA|file-") == 3


def test_two_who_tell_of_the_same_people_at_once_make_no_one_two_persons(plain: Served) -> None:
    """Two connections send the same families ahead, at the same time; whoever is one is linked."""
    people = list(inhabitants(60, seed=11))
    start = threading.Barrier(2)

    def feed(who: str) -> bytes:
        messages = (
            told("A28", f"at-once-{each.number}", number(who, f"O{each.number}"), each.traits)
            for each in people
        )
        data = b"".join(b"\x0b" + each + b"\x1c\r" for each in messages)
        start.wait(timeout=ANSWER_SECONDS)
        return ask(plain, data)

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(feed, (NORTH, SOUTH)))
    assert [each.count(b"MSA|AA|at-once-") for each in answers] == [60, 60]
    with plain.world().store.read() as tx:
        rows = tx.execute(
            "SELECT number, local_id, person FROM patient_record WHERE local_id LIKE 'O%'"
        ).fetchall()
        pairs = tx.execute("SELECT low, high FROM patient_pair").fetchall()
    doubts = {(row["low"], row["high"]) for row in pairs}
    linked = 0
    for each in people:
        one, other = sorted(
            (row["number"], row["person"]) for row in rows if row["local_id"] == f"O{each.number}"
        )
        linked += one[1] == other[1]
        assert one[1] == other[1] or (one[0], other[0]) in doubts, each
    assert linked > len(people) * 0.9


def test_the_client_of_hl7_asks_and_reads_a_merge_and_a_query(plain: Served) -> None:
    host, port = place(plain)
    with MLLPClient(host, port) as client:
        for control, message in (
            ("m1", adt("A28", "m1", pid(cx("M1"), name="Kreemerskaul^Lis"))),
            ("m2", adt("A28", "m2", pid(cx("M2"), name="Kreemerskaul^Liss"))),
            ("m3", adt("A40", "m3", pid(cx("M1")), f"MRG|{cx('M2')}")),
        ):
            answer = hl7.parse(client.send_message(message).strip(b"\x0b\x1c\r").decode())
            assert str(answer.segment("MSA")(1)) == "AA"
            assert str(answer.segment("MSA")(2)) == control
        raw = client.send_message(qbp("Q22", "m4", "@PID.5.1.1^Kreemerskaul"))
        told = hl7.parse(raw.strip(b"\x0b\x1c\r").decode())
        assert [str(each(5)) for each in told.segments("PID")] == ["Kreemerskaul^Lis^^^^^L"]


@pytest.mark.parametrize("version", ["2.3.1", "2.5"])
def test_hl7apy_writes_what_is_taken_and_finds_the_answer_valid(
    plain: Served, version: str
) -> None:
    told = adt("A31", f"apy-{version}", pid(cx("A1"), name="Thill^Ben"), version=version)
    written = hl7apy.parser.parse_message(told.decode(), find_groups=True).to_er7()
    answer = ask(plain, b"\x0b" + written.encode() + b"\r\x1c\r").strip(b"\x0b\x1c\r").decode()
    ack = hl7apy.parser.parse_message(answer, find_groups=False)
    assert ack.msa.msa_1.value == "AA"
    refused = ask(plain, b"\x0b" + adt("A28", "x", pid("X1"), version=version) + b"\x1c\r")
    nak = hl7apy.parser.parse_message(refused.strip(b"\x0b\x1c\r").decode(), find_groups=False)
    assert nak.msa.msa_1.value == "AE"
    assert nak.err.value


def test_messages_sent_ahead_are_answered_in_order(plain: Served) -> None:
    count = 300
    messages = [adt("A28", f"p{n}", pid(cx(f"P{n}"), name="Weber^Ahead")) for n in range(count)]
    answers = ask(plain, b"".join(b"\x0b" + each + b"\x1c\r" for each in messages))
    controls = [line.split(b"|")[2] for line in answers.split(b"\r") if line.startswith(b"MSA|AA")]
    assert controls == [f"p{n}".encode() for n in range(count)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"outside"),
        (b"\x0b" + b"x" * (2 * 1024 * 1024), b"too-large"),
        (b"\x0bMSH|\x1c\x0b", b"unended"),
    ],
)
def test_who_does_not_speak_mllp_is_told_so_before_the_connection_ends(
    plain: Served, data: bytes, why: bytes
) -> None:
    host, port = place(plain)
    with socket.create_connection((host, port), timeout=ANSWER_SECONDS) as wire:
        wire.sendall(data[:1024])
        try:
            wire.sendall(data[1024:])
            told = b"".join(iter(lambda: wire.recv(65536), b""))
        except ConnectionError:  # it went on sending and did not listen
            return
    assert b"MSA|AR" in told
    assert why in told


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("guarded")
    asked = ("--mllp-port", "0", "--client-certificates", "required")
    with served(folder, *asked) as running:
        yield running


@pytest.fixture(scope="module")
def papers(guarded: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A certificate for each of two organisations, issued by the environment's own authority."""
    folder = tmp_path_factory.mktemp("papers")
    database = Path(str(guarded.told["authority"])).with_name("integration.db")
    made = {}
    with closing(open_world("integration", origin="https://x", database=database)) as world:
        for code in (NORTH, SOUTH):
            order = CertificateOrder(family="personal", common_name="HIS", organization=code)
            paper = world.port(CERTIFICATES).issue_as_ordered(order)
            made[code] = folder / f"{code}.pem"
            made[code].write_bytes(paper.chain + paper.key)
    return made


def spoken_by_openssl(guarded: Served, message: bytes, paper: Path | None) -> bytes:
    host, port = place(guarded)
    shown = () if paper is None else ("-cert", str(paper), "-cert_chain", str(paper))
    shown = () if paper is None else (*shown, "-key", str(paper))
    with subprocess.Popen(
        [
            *("openssl", "s_client", "-quiet", "-verify_return_error", *shown),
            *("-CAfile", str(guarded.told["authority"]), "-connect", f"{host}:{port}"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\x0b" + message + b"\x1c\r")
        process.stdin.flush()
        told = b""
        while not told.endswith(b"\x1c\r") and (more := os.read(process.stdout.fileno(), 65536)):
            told += more
        process.kill()
    return told


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (NORTH, (b"MSA|AA|tls-",)),
        (None, (b"MSA|AR|tls-", b"client-certificate-missing")),
        (SOUTH, (b"MSA|AR|tls-", b"sender-foreign")),
    ],
)
def test_over_tls_an_organisation_speaks_with_its_own_certificate_only(
    guarded: Served, papers: dict[str, Path], who: str | None, said: tuple[bytes, ...]
) -> None:
    paper = None if who is None else papers[who]
    told = spoken_by_openssl(guarded, adt("A28", f"tls-{who}", pid(cx("T1"))), paper)
    assert all(each in told for each in said)


def test_a_certificate_of_nobody_known_ends_the_handshake(guarded: Served, tmp_path: Path) -> None:
    made = Authority.make(now=datetime.now(UTC))
    certificate, key = made.server(("stranger",), now=datetime.now(UTC))
    paper = tmp_path / "stranger.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    paper.write_bytes(certificate.public_bytes(Encoding.PEM) + pem)
    assert spoken_by_openssl(guarded, adt("A28", "x", pid(cx("T1"))), paper) == b""


def test_people_of_the_population_are_found_in_the_served_environment(plain: Served) -> None:
    anna = load().patients["anna-weber"]
    asked = f"@PID.3.1^{anna.matricule}~@PID.3.4.2^1.3.182.4.4~@PID.3.4.3^ISO"
    answer = ask(plain, b"\x0b" + qbp("Q22", "pop", asked) + b"\x1c\r")
    assert b"Weber^Anna" in answer


def test_a_served_environment_tells_an_organisation_of_its_patients(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(ANSWER_SECONDS)
        url = f"{NORTH}=mllp://127.0.0.1:{listening.getsockname()[1]}"
        asked = ("--plain-http", "--mllp-port", "0", "--notify", url)
        with served(tmp_path, *asked) as running:
            told = pid(cx("N1"), name="Weber^Told")
            assert b"MSA|AA" in ask(running, b"\x0b" + adt("A28", "n1", told) + b"\x1c\r")
            wire, _ = listening.accept()
            with wire:
                heard = b""
                while not heard.endswith(b"\x1c\r"):
                    heard += wire.recv(65536)
    assert b"ADT^A31^ADT_A05" in heard
    assert b"N1^^^&" in heard
