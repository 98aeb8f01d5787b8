"""The index on PostgreSQL: fed, matched, merged and undone as on SQLite."""

from reference_server.app import open_world
from reference_server.services.patients.operations import moves
from reference_server.services.patients.operations.match import match
from reference_server.world import SeededRandomness
from tests.reference_server.patients.index import ANNA, MAGGY, NORTH, SOUTH, Index, numbered
from tests.reference_server.patients.speaking import Speaker, adt, cx, pid, qbp
from tests.reference_server.postgres import cluster


def test_everything_comes_back_after_a_merge_on_postgresql_too() -> None:
    with cluster() as server:
        index = Index(
            open_world(
                "index",
                origin="https://127.0.0.1:8443",
                database=server.database(),
                keys=server.keys,
                randomness=SeededRandomness("index"),
            )
        )
        one = index.feed(numbered(ANNA, 901), who=NORTH).person
        other = index.feed(MAGGY, who=SOUTH).person
        before = index.state()
        with index.reading() as tx:
            assert match(tx, ANNA)[0].person == one
        with index.writing() as writing:
            moves.merge(writing, kept=one, replaced=other)
        with index.writing() as writing:
            moves.unmerge(writing, other)
        assert index.state() == before
        index.close()


def test_messages_are_done_each_or_not_on_postgresql_too() -> None:
    with cluster() as server:
        origin, database = "https://127.0.0.1:8443", server.database()
        world = open_world("index", origin=origin, database=database, keys=server.keys)
        index = Index(world)
        speaker = Speaker(index)
        messages = [adt("A28", f"{n}", pid(cx(f"P{n}") if n != 1 else "P1")) for n in range(3)]
        answers = speaker.all(messages)
        assert [b"MSA|AA" in each for each in answers] == [True, False, True]
        assert speaker.all(messages[:1]) == answers[:1]
        found = speaker.say(qbp("Q22", "9", "@PID.5.1.1^schm*"))
        assert len(list(found.all("PID"))) == 2
        both = speaker.say(qbp("Q22", "10", "@PID.5.1.1^schm*~@PID.7^1984"))
        assert len(list(both.all("PID"))) == 2
        index.close()
