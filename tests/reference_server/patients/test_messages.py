"""HL7 v2 messages to the index: what they do, and what they say when they do nothing."""

from dataclasses import replace

import msgspec
import pytest

from reference_server.ports import AUDIT
from reference_server.services.patients.mllp.tables import SAID, TABLE_0357, TRIGGERS
from reference_server.services.patients.model.index import Standing
from reference_server.services.patients.model.traits import local_domain
from tests.reference_server.patients.index import ANNA, NORTH, SOUTH, Index, numbered
from tests.reference_server.patients.speaking import (
    OID,
    Speaker,
    adt,
    code,
    cx,
    error,
    msh,
    pid,
    qbp,
)


@pytest.fixture
def speaker(index: Index) -> Speaker:
    return Speaker(index)


@pytest.mark.parametrize("event", ["A01", "A04", "A05", "A08", "A28", "A31"])
@pytest.mark.parametrize("version", ["2.3.1", "2.5"])
def test_every_feed_event_makes_a_record_in_both_versions(
    index: Index, speaker: Speaker, event: str, version: str
) -> None:
    answer = speaker.say(adt(event, "1", pid(cx("P1")), version=version))
    assert (code(answer), answer.header.value(12)) == ("AA", version)
    record = index.record(NORTH, "P1")
    address = replace(ANNA.addresses[0], country="LU")
    assert record.traits == replace(ANNA, telecom=(), addresses=(address,))
    assert record.standing is Standing.ACTIVE


@pytest.mark.parametrize("charset", ["8859/1", "8859/15", "UNICODE UTF-8"])
def test_names_arrive_and_leave_as_they_were_written(
    index: Index, speaker: Speaker, charset: str
) -> None:
    told = pid(cx("P1"), name="Müller-Lefèvre^Zoë^Ça")
    assert code(speaker.say(adt("A28", "1", told, charset=charset))) == "AA"
    traits = index.record(NORTH, "P1").traits
    assert (traits.birth_family, traits.given) == ("Müller-Lefèvre", ("Zoë", "Ça"))
    found = speaker.say(qbp("Q22", "2", "@PID.5.1.1^muller lefevre"))
    answered = found.first("PID")
    assert answered is not None
    assert answered.value(5) == "Müller-Lefèvre"


@pytest.mark.parametrize("charset", ["ASCII", "8859/1", "8859/15", "UNICODE UTF-8", ""])
@pytest.mark.parametrize("name", ["Müller", "Œuvrard", "Łukasz"])
def test_a_name_is_told_whole_whatever_the_charset_of_who_asks(
    speaker: Speaker, name: str, charset: str
) -> None:
    speaker.say(adt("A28", "1", pid(cx("P1"), name=f"{name}^Anna")))
    asked = qbp("Q22", "2", "@PID.5.2^Anna").replace(b"|UNICODE UTF-8|", f"|{charset}|".encode())
    answer = speaker.say(asked)
    found = answer.first("PID")
    assert found is not None
    assert found.value(5) == name
    codecs = {"ASCII": "ascii", "": "ascii", "8859/1": "latin-1", "8859/15": "iso8859-15"}
    try:
        name.encode(codecs.get(charset, "utf-8"))
    except UnicodeEncodeError:
        assert answer.charset == "UNICODE UTF-8"
    else:
        assert answer.charset == charset


def test_a_message_that_cannot_be_read_is_named_in_its_refusal(speaker: Speaker) -> None:
    told = pid(cx("P1"), name="Müller^Zoë")
    message = adt("A28", "ID-7", told).replace(b"|UNICODE UTF-8|", b"|ASCII|")
    msa = speaker.say(message).first("MSA")
    assert msa is not None
    assert (msa.value(1), msa.value(2)) == ("AR", "ID-7")
    nameless = speaker.say(b"MSH|^~\\&|\xff\r").first("MSA")
    assert nameless is not None
    assert (nameless.value(1), nameless.value(2)) == ("AR", "")


def test_everything_that_pid_tells_comes_back_in_an_answer(index: Index, speaker: Speaker) -> None:
    matricule = numbered(ANNA, 950).identifiers[0].value
    number = f"{cx('P1')}~{matricule}^^^&1.3.182.4.4&ISO"
    names = "Muller^Anna^Maria Rose^^^^L~Schmit^Anna^Maria Rose^^^^B"
    line = (
        f"PID|1||{number}||{names}|Kayser|198403|F|||"
        "12, rue des Fleurs^bte 3^Luxembourg^^1234^LU~^^Trier^^^DEU^BDL||+352 621 100 200^PRN^PH"
        "~^NET^Internet^anna@example.org||||||||||Trier|Y|||||20240102|Y||VALI"
    )
    assert code(speaker.say(adt("A28", "1", line))) == "AA"
    record = index.record(NORTH, "P1")
    found = speaker.say(qbp("Q22", "2", f"@PID.3.1^P1~@PID.3.4.2^{OID.format(NORTH)}"))
    told = found.first("PID")
    assert told is not None
    again = Index()
    try:
        other = Speaker(again)
        assert code(other.say(adt("A28", "1", told.text))) == "AA"
        assert again.record(NORTH, "P1").traits == record.traits
        assert again.record(NORTH, "P1").state == record.state
    finally:
        again.close()
    assert record.traits.birth_date == "1984-03"
    assert record.traits.birth_country == "DE"
    assert record.traits.used_family == "Muller"


def test_a_message_sent_again_is_answered_the_same_and_done_once(
    index: Index, speaker: Speaker
) -> None:
    message = adt("A28", "7", pid(cx("P1")))
    first = speaker.raw(message)
    before = index.state()
    assert speaker.raw(message) == first
    later = message.replace(b"|20260101120000||ADT", b"|20260101130000||ADT")
    assert speaker.raw(later) == first
    assert index.state() == before


def test_the_same_control_id_for_another_message_is_refused(index: Index, speaker: Speaker) -> None:
    speaker.say(adt("A28", "7", pid(cx("P1"))))
    before = index.state()
    answer = speaker.say(adt("A28", "7", pid(cx("P2"))))
    assert error(answer) == ("AE", "205", "MSH^1^10")
    assert index.state() == before


WRONG = {
    "no authority": (adt("A28", "1", pid("P1")), "AE", "101", "PID^1^3^1^4"),
    "unknown authority": (adt("A28", "1", pid("P1^^^&1.2.3&ISO")), "AE", "204", "PID^1^3^1^4"),
    "unknown namespace": (adt("A28", "1", pid("P1^^^OTHER")), "AE", "204", "PID^1^3^1^4"),
    "another's authority": (adt("A28", "1", pid(cx("P1", SOUTH))), "AE", "204", "PID^1^3^1^4"),
    "second number of another": (
        adt("A28", "1", pid(f"{cx('P1')}~{cx('P2', SOUTH)}")),
        "AE",
        "204",
        "PID^1^3^2^4",
    ),
    "no own number": (
        adt("A28", "1", pid("4711^^^&1.3.182.2.4.2&ISO")),
        "AE",
        "101",
        "PID^1^3",
    ),
    "two own numbers": (adt("A28", "1", pid(f"{cx('P1')}~{cx('P2')}")), "AE", "101", "PID^1^3"),
    "no name": (adt("A28", "1", pid(cx("P1"), name="")), "AE", "101", "PID^1^5"),
    "no date": (adt("A28", "1", pid(cx("P1"), born="1984031")), "AE", "102", "PID^1^7"),
    "a day that is none": (adt("A28", "1", pid(cx("P1"), born="19840231")), "AE", "102", "PID^1^7"),
    "sex of no table": (
        adt("A28", "1", pid(cx("P1")).replace("|F|", "|X|")),
        "AE",
        "102",
        "PID^1^8",
    ),
    "matricule wrong": (
        adt("A28", "1", pid(f"{cx('P1')}~2005010212345^^^&1.3.182.4.4&ISO")),
        "AE",
        "102",
        "PID^1^3",
    ),
    "no PV1": (adt("A28", "1", pid(cx("P1"))).replace(b"PV1|1|N\r", b""), "AE", "100", "PV1^1"),
    "no PID": (adt("A28", "1"), "AE", "100", "PID^1"),
    "wrong order": (
        f"{msh('A28', '1')}\r{pid(cx('P1'))}\rEVN||2026\rPV1|1|N\r".encode(),
        "AE",
        "100",
        "PID^1",
    ),
    "no MRG": (adt("A40", "1", pid(cx("P1"))), "AE", "100", "MRG^1"),
    "merge of nobody": (
        adt("A40", "1", pid(cx("P8")), f"MRG|{cx('P9')}"),
        "AE",
        "204",
        "PID^1^3",
    ),
    "event": (adt("A03", "1", pid(cx("P1"))), "AR", "201", "MSH^1^9^1^2"),
    "kind": (adt("A28", "1", pid(cx("P1")), kind="ORU"), "AR", "200", "MSH^1^9^1^1"),
    "structure": (
        adt("A28", "1", pid(cx("P1"))).replace(b"ADT_A05", b"ADT_A01"),
        "AR",
        "200",
        "MSH^1^9^1^3",
    ),
    "version": (adt("A28", "1", pid(cx("P1")), version="2.7"), "AR", "203", "MSH^1^12"),
    "processing": (
        adt("A28", "1", pid(cx("P1"))).replace(b"|T|2.5", b"|X|2.5"),
        "AR",
        "202",
        "MSH^1^11",
    ),
    "no control id": (adt("A28", "", pid(cx("P1"))), "AE", "101", "MSH^1^10"),
    "sender": (adt("A28", "1", pid(cx("P1")), who="99999999"), "AR", "204", "MSH^1^4"),
    "charset": (adt("A28", "1", pid(cx("P1")), charset="KS X 1001"), "AR", "102", "MSH^1^18"),
    "bytes of another charset": (
        adt("A28", "1", pid(cx("P1"), name="Müller^Zoë"), charset="8859/1").replace(
            b"|8859/1|", b"|UNICODE UTF-8|"
        ),
        "AR",
        "102",
        "MSH^1^18",
    ),
    "no message": (b"hello, world", "AR", "100", ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_broken_message_gets_its_error_and_changes_nothing(
    index: Index, speaker: Speaker, name: str
) -> None:
    speaker.say(adt("A28", "before", pid(cx("P7"))))
    before = index.state()
    message, *expected = WRONG[name]
    assert list(error(speaker.say(message))) == expected
    assert index.state() == before


def test_one_broken_message_among_many_is_undone_alone(index: Index, speaker: Speaker) -> None:
    messages = [adt("A28", f"{n}", pid(cx(f"P{n}") if n != 3 else "P3")) for n in range(6)]
    answers = speaker.all(messages)
    assert [b"MSA|AA" in each for each in answers] == [True, True, True, False, True, True]
    assert {row["local_id"] for row in index.rows("record")} == {f"P{n}" for n in (0, 1, 2, 4, 5)}


@pytest.mark.parametrize("version", ["2.3.1", "2.5"])
def test_a_refusal_is_told_in_the_form_of_its_version_and_the_language_of_its_sender(
    speaker: Speaker, version: str
) -> None:
    answer = speaker.say(adt("A28", "1", pid("P1"), version=version, language="DE"))
    err, msa = answer.first("ERR"), answer.first("MSA")
    assert err is not None
    assert msa is not None
    if version == "2.3.1":
        assert err.field(1) == "PID^1^3^101&Required field missing&HL70357"
        assert "vergebende Stelle" in msa.value(3)
    else:
        assert err.field(3) == "101^Required field missing^HL70357"
        assert err.value(5) == "authority-missing"
        assert "vergebende Stelle" in err.value(8)


def test_a40_lets_the_first_number_stand_for_the_second(index: Index, speaker: Speaker) -> None:
    speaker.say(adt("A28", "1", pid(cx("P1"))))
    speaker.say(adt("A28", "2", pid(cx("P2"), name="Schmitt^Anna")))
    assert code(speaker.say(adt("A40", "3", pid(cx("P1")), f"MRG|{cx('P2')}"))) == "AA"
    kept, retired = index.record(NORTH, "P1"), index.record(NORTH, "P2")
    assert (kept.standing, retired.standing) == (Standing.ACTIVE, Standing.MERGED)
    assert retired.replaced_by == kept.number
    assert retired.person == kept.person
    gone = speaker.say(qbp("Q23", "4", cx("P2")))
    assert error(gone) == ("AE", "204", "QPD^1^3^1^1")


def test_a24_links_and_a37_takes_apart_again(index: Index, speaker: Speaker) -> None:
    speaker.say(adt("A28", "1", pid(cx("P1"))))
    speaker.say(adt("A28", "2", pid(cx("P2"), name="Weber^Tun", born="19510101")))
    apart = index.state()
    both = (pid(cx("P1")), pid(cx("P2")))
    assert code(speaker.say(adt("A24", "3", *both))) == "AA"
    assert index.record(NORTH, "P1").person == index.record(NORTH, "P2").person
    assert code(speaker.say(adt("A37", "4", *both))) == "AA"
    assert index.state() == apart
    assert error(speaker.say(adt("A37", "5", *both))) == ("AE", "204", "PID^2^3")


def test_a47_gives_a_patient_another_number(index: Index, speaker: Speaker) -> None:
    speaker.say(adt("A28", "1", pid(cx("P1"))))
    person = index.record(NORTH, "P1").person
    assert code(speaker.say(adt("A47", "2", pid(cx("P5")), f"MRG|{cx('P1')}"))) == "AA"
    assert index.record(NORTH, "P5").person == person
    speaker.say(adt("A28", "3", pid(cx("P6"), name="Weber^Tun")))
    taken = speaker.say(adt("A47", "4", pid(cx("P6")), f"MRG|{cx('P5')}"))
    assert error(taken) == ("AE", "205", "PID^1^3")


def test_q23_tells_the_numbers_of_other_domains_and_of_those_asked_for(
    index: Index, speaker: Speaker
) -> None:
    traits = numbered(ANNA, 951)
    index.feed(traits, who=NORTH, number="P1")
    fed = index.feed(traits, who=SOUTH, number="S1")
    answer = speaker.say(qbp("Q23", "1", cx("P1")))
    qak, told = answer.first("QAK"), answer.first("PID")
    assert qak is not None
    assert told is not None
    assert (qak.value(1), qak.value(2)) == ("tag-1", "OK")
    numbers = {text.split("^")[0] for text in told.repetitions(3)}
    assert numbers == {"S1", fed.person, traits.matricule}
    only = speaker.say(qbp("Q23", "2", f"{cx('P1')}|^^^&{OID.format(SOUTH)}&ISO")).first("PID")
    assert only is not None
    assert only.repetitions(3) == (cx("S1", SOUTH),)


def test_q23_says_which_of_its_mistakes_was_made(index: Index, speaker: Speaker) -> None:
    index.feed(ANNA, number="P1")
    assert error(speaker.say(qbp("Q23", "1", cx("P9")))) == ("AE", "204", "QPD^1^3^1^1")
    unknown = speaker.say(qbp("Q23", "2", "P1^^^&9.9.9&ISO"))
    assert error(unknown) == ("AE", "204", "QPD^1^3^1^4")
    assert unknown.header.value(9, component=2) == "K23"
    domain = speaker.say(qbp("Q23", "3", f"{cx('P1')}|{cx('', SOUTH)}~^^^&9.9.9&ISO"))
    assert error(domain) == ("AE", "204", "QPD^1^4^2")
    nothing = speaker.say(qbp("Q23", "4", f"{cx('P1')}|^^^&{OID.format(SOUTH)}&ISO"))
    qak = nothing.first("QAK")
    assert qak is not None
    assert (code(nothing), qak.value(2)) == ("AA", "NF")
    assert nothing.first("PID") is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("@PID.5.1.1^Schmit", {"P1", "P3"}),
        ("@PID.5.1.1^schm*", {"P1", "P2", "P3"}),
        ("@PID.5.1.1^Schmit~@PID.5.2^Anna", {"P1"}),
        ("@PID.7^19840317", {"P1", "P2"}),
        ("@PID.7^1984", {"P1", "P2", "P3"}),
        ("@PID.8^F~@PID.7^19840317", {"P1", "P2"}),
        ("@PID.11.3^luxembourg~@PID.5.2^Eva", {"P3"}),
        ("@PID.11.5^1234~@PID.5.1^Schmitz", {"P2"}),
        (f"@PID.3.1^P2~@PID.3.4.2^{OID.format(NORTH)}~@PID.3.4.3^ISO", {"P2"}),
        ("@PID.5.1.1^Nobody", set()),
    ],
)
def test_q22_finds_by_each_parameter_alone_and_together(
    speaker: Speaker, asked: str, found: set[str]
) -> None:
    speaker.say(adt("A28", "1", pid(cx("P1"))))
    speaker.say(adt("A28", "2", pid(cx("P2"), name="Schmitz^Berthe")))
    speaker.say(adt("A28", "3", pid(cx("P3"), name="Schmit^Eva", born="19840402")))
    answer = speaker.say(qbp("Q22", "4", f"{asked}|||||^^^&{OID.format(NORTH)}&ISO"))
    numbers = {text.split("^")[0] for p in answer.all("PID") for text in p.repetitions(3)}
    assert numbers == found
    qak = answer.first("QAK")
    assert qak is not None
    assert (qak.value(2), qak.value(4)) == (("OK", str(len(found))) if found else ("NF", ""))


def test_q22_continues_where_it_left_off_and_forgets_when_cancelled(speaker: Speaker) -> None:
    for number in range(5):
        name = f"Weber^{'ABCDE'[number]}nne"
        speaker.say(
            adt("A28", str(number), pid(cx(f"P{number}"), name=name, born=f"195{number}0607"))
        )
    asked, last, pointer = "@PID.5.1.1^Weber", "", ""
    seen: list[str] = []
    for expected in (2, 2, 1):
        more = (f"DSC|{pointer}|I",) if pointer else ()
        answer = speaker.say(qbp("Q22", "9", asked, *more, rcp="I|2^RD"))
        page = [each.value(5, component=2) for each in answer.all("PID")]
        assert len(page) == expected
        seen += page
        last, pointer = pointer, dsc.value(1) if (dsc := answer.first("DSC")) else ""
    assert sorted(seen) == ["Anne", "Bnne", "Cnne", "Dnne", "Enne"]
    assert not pointer
    other = speaker.say(qbp("Q22", "9", "@PID.5.1.1^Other", f"DSC|{last}|I"))
    assert error(other) == ("AE", "204", "DSC^1^1")
    cancel = f"{msh('J01', '10', kind='QCN')}\rQID|tag-1|IHE PDQ Query\r".encode()
    assert code(speaker.say(cancel)) == "AA"
    gone = speaker.say(qbp("Q22", "9", asked, f"DSC|{last}|I"))
    assert error(gone) == ("AE", "204", "DSC^1^1")


def test_q22_says_what_it_does_not_know(speaker: Speaker) -> None:
    assert error(speaker.say(qbp("Q22", "1", "@PID.99^x"))) == ("AE", "103", "QPD^1^3")
    assert error(speaker.say(qbp("Q22", "2", ""))) == ("AE", "101", "QPD^1^3")
    asked = "@PID.5.1^x|||||^^^&9.9&ISO"
    assert error(speaker.say(qbp("Q22", "3", asked))) == ("AE", "204", "QPD^1^8^1")


def test_who_was_found_and_what_was_refused_is_in_the_audit_trail(
    index: Index, speaker: Speaker
) -> None:
    fed = index.feed(ANNA, number="P1")
    speaker.say(qbp("Q22", "1", "@PID.5.1.1^Schmit"))
    speaker.say(adt("A28", "2", pid("P1")))
    with index.reading() as tx:
        rows = [dict(each) for each in tx.execute("SELECT * FROM audit_event").fetchall()]
    told = repr(rows)
    assert f"Patient/{fed.person}" in told
    assert "authority-missing" in told


def test_each_patient_that_a_query_finds_has_an_event_of_their_own(
    index: Index, speaker: Speaker
) -> None:
    own, others = numbered(ANNA, 951), numbered(replace(ANNA, given=("Berta",)), 952)
    for number, traits in enumerate((own, others, replace(ANNA, given=("Clara",)))):
        index.feed(traits, number=f"P{number}")
    speaker.say(qbp("Q22", "1", "@PID.5.1.1^Schmit"))
    with index.reading() as tx:
        entries = [each.entry for each in index.world.port(AUDIT).entries(tx)]
    told = [each for each in entries if each.action == "hl7-demographics"]
    assert {each.patient for each in told} == {own.matricule, others.matricule, None}
    assert [len(each.entities) for each in told] == [1, 1, 1]


def test_the_audit_trail_names_the_application_and_the_organisation_of_a_message(
    index: Index, speaker: Speaker
) -> None:
    speaker.say(adt("A28", "1", pid(cx("P1"))))
    speaker.say(qbp("Q22", "2", "@PID.5.1.1^Schmit"))
    speaker.say(adt("A28", "3", pid("P1")))
    trail = index.world.port(AUDIT)
    with index.reading() as tx:
        told = [msgspec.json.decode(each.event) for each in trail.entries(tx)]
    assert len(told) == 3
    for event in told:
        named = [each["who"]["identifier"]["value"] for each in event["agent"]]
        assert f"hl7:HIS|{NORTH}" in named
        assert NORTH in named
        assert sum(each["requestor"] for each in event["agent"]) == 1


def test_the_tables_name_only_codes_of_table_0357_and_known_events() -> None:
    assert {each.code for each in SAID.values()} <= set(TABLE_0357)
    assert {kind for kind, _ in TRIGGERS} == {"ADT", "QBP", "QCN"}
    assert local_domain(NORTH).endswith(f".{NORTH}.2")
