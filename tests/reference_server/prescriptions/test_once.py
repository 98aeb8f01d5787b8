"""What is sent twice happens once: submissions, dispensations, races."""

import asyncio
import json
from pathlib import Path
from threading import Barrier, Thread
from uuid import uuid4

from reference_server.app import WorldRegistry
from reference_server.population import seed
from tests.reference_server.prescriptions.town import (
    Town,
    codes_of,
    dispensing,
    line_of,
    parameters_of,
)


def count(town: Town, table: str) -> int:
    with town.world.store.read() as tx:
        return int(tx.execute(f"SELECT COUNT(*) AS n FROM {table}").fetchone()["n"])  # noqa: S608 - our own table names


def test_the_same_submission_gets_the_same_answer_byte_for_byte(town: Town) -> None:
    body = json.dumps(town.documents.bundle()).encode()
    first = town.submit(body)
    task_id = parameters_of(first)["task"]["resource"]["id"]
    town.later(days=3)
    assert town.cancel(task_id).status_code == 200
    again = town.submit(body)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert count(town, "prescription") == 1
    assert [kept.entry.action for kept in town.trail()].count("submit-prescription") == 2


def test_another_body_under_the_same_identifier_is_a_conflict(town: Town) -> None:
    bundle = town.documents.bundle()
    assert town.submit(bundle).status_code == 200
    answer = town.submit(json.dumps(bundle, indent=1).encode())
    assert (answer.status_code, codes_of(answer)) == (409, ["submission-conflict"])
    assert answer.json()["issue"][0]["code"] == "duplicate"
    assert count(town, "prescription") == 1


def test_the_identifier_counts_within_one_organisation_only(town: Town) -> None:
    mine = town.documents.bundle()
    other = town.documents.bundle(prescriber="dr-lopes")
    other["identifier"] = mine["identifier"]
    assert town.submit(mine, who="dr-meyer").status_code == 200
    answer = town.submit(other, who="dr-lopes")
    assert answer.status_code == 200
    assert count(town, "prescription") == 2


def test_a_submission_sent_many_times_at_once_happens_once(town: Town) -> None:
    body = json.dumps(town.documents.bundle()).encode()

    async def all_at_once() -> list[bytes]:
        sending = [
            town.send("POST", "$submit-prescription", who="dr-meyer", body=body) for _ in range(8)
        ]
        answers = await asyncio.gather(*sending)
        assert {answer.status_code for answer in answers} == {200}
        return [answer.content for answer in answers]

    assert len(set(town.runner.run(all_at_once()))) == 1
    assert count(town, "prescription") == 1


def test_the_same_dispensation_gets_the_same_answer_byte_for_byte(town: Town) -> None:
    submitted = town.seen_by(town.prescribe(line_of("BIO-0401", count=3)), "labo-nord")
    body = dispensing("d-1", (submitted.lines[0], 1))
    first = town.act(submitted.task_id, "dispense", body, who="labo-nord")
    town.dispense(submitted.task_id)
    again = town.act(submitted.task_id, "dispense", body, who="labo-nord")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert count(town, "prescription_dispensation") == 2


def test_another_dispensation_under_the_same_identifier_is_a_conflict(town: Town) -> None:
    submitted = town.seen_by(town.prescribe(line_of("BIO-0401", count=3)), "labo-nord", "labo-sud")
    [line] = submitted.lines
    one = town.dispense(submitted.task_id, (line, 1), identifier="d-1")
    two = town.dispense(submitted.task_id, (line, 2), identifier="d-1")
    assert (one.status_code, two.status_code) == (200, 409)
    assert codes_of(two) == ["dispensation-conflict"]
    elsewhere = town.dispense(submitted.task_id, (line, 1), identifier="d-1", who="labo-sud")
    assert elsewhere.status_code == 200


def test_an_identifier_used_for_one_prescription_is_not_free_for_another(town: Town) -> None:
    one, two = (town.seen_by(town.prescribe(), "labo-nord") for _ in range(2))
    assert town.dispense(one.task_id, identifier="d-1").status_code == 200
    assert codes_of(town.dispense(two.task_id, identifier="d-1")) == ["dispensation-conflict"]


def test_of_two_laboratories_racing_one_reserves(tmp_path: Path) -> None:
    """Two server processes' worth of stores on one file, each with its own connection."""
    database = tmp_path / "world.db"
    registries = [WorldRegistry(origin="https://127.0.0.1:8443") for _ in range(2)]
    for registry in registries:
        registry.open("race", database=database, seed=seed)
    try:
        with asyncio.Runner() as runner:
            first = Town(runner, registries[0], "race")
            tasks = [
                first.seen_by(first.prescribe(), "labo-nord", "labo-sud").task_id for _ in range(10)
            ]
        answers: dict[tuple[str, str], int] = {}
        start = Barrier(2)

        def race(registry: WorldRegistry, who: str) -> None:
            with asyncio.Runner() as runner:
                town = Town(runner, registry, "race")
                start.wait()
                for task_id in tasks:
                    answers[task_id, who] = town.reserve(task_id, who=who).status_code

        racers = [
            Thread(target=race, args=pair)
            for pair in zip(registries, ("labo-nord", "labo-sud"), strict=True)
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        for task_id in tasks:
            found = [answers[task_id, who] for who in ("labo-nord", "labo-sud")]
            assert sorted(found) == [200, 409]
    finally:
        for registry in registries:
            registry.close_all()


def test_what_was_acknowledged_is_there_after_opening_the_file_again(tmp_path: Path) -> None:
    database = tmp_path / f"{uuid4()}.db"
    registry = WorldRegistry(origin="https://127.0.0.1:8443")
    registry.open("kept", database=database, seed=seed)
    with asyncio.Runner() as runner:
        town = Town(runner, registry, "kept")
        body = json.dumps(town.documents.bundle()).encode()
        first = town.submit(body)
    registry.close_all()
    again = WorldRegistry(origin="https://127.0.0.1:8443")
    again.open("kept", database=database)
    with asyncio.Runner() as runner:
        town = Town(runner, again, "kept")
        assert town.submit(body).content == first.content
    again.close_all()
