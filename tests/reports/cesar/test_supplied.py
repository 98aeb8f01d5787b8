"""Answers from a supplier: signed, bound to its key, shown as such, and always overrulable."""

import datetime as dt
from collections.abc import Mapping

import pytest
from joserfc.jwk import ECKey

from reports.cesar.banks import load_instrument
from reports.cesar.path import path
from reports.cesar.replies import Replies, Reply
from reports.cesar.scoring import judged, score
from reports.cesar.supplied import AnswerSet, SupplierError, signed, taken, verified

TODAY = dt.date(2026, 11, 29)
KEY, OTHER, LAB = (ECKey.generate_key("P-256") for _ in range(3))


def jwk(key: ECKey, **more: object) -> dict[str, object]:
    return {**key.as_dict(private=False), "kid": key.thumbprint(), **more}


TRUSTED: Mapping[str, object] = {
    "keys": [
        jwk(KEY, supplier="Alpha Soft"),
        jwk(OTHER, supplier="Beta Soft"),
        jwk(LAB, lab=True),
    ]
}


def answers(**changed: object) -> AnswerSet:
    content: dict[str, object] = {
        "supplier": "Alpha Soft",
        "product": "AlphaMed 4",
        "issued": "2026-10-01",
        "expires": "2027-10-01",
        "version": load_instrument("professional").version,
        "answers": {"B1": {"level": 4, "evidence": "B"}, "B2": {"level": 3}},
    }
    return AnswerSet.model_validate({**content, **changed})


def replies(**given: Reply) -> Replies:
    return Replies(
        instrument="professional",
        version=load_instrument("professional").version,
        profession="doctor",
        size="small",
        replies=given,
    )


def test_a_signed_set_reads_back() -> None:
    assert verified(signed(answers(), KEY), TRUSTED, today=TODAY) == answers()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (signed(answers(), ECKey.generate_key("P-256")), "unsigned"),
        (signed(answers(), OTHER), "another"),
        (signed(answers(expires="2026-11-28"), KEY), "expired"),
        (signed(answers(issued="2026-11-30"), KEY), "expired"),
        (signed(answers(answers={"B1": {"level": 4, "evidence": "A"}}), KEY), "grade"),
        ("no.jws.here", "unsigned"),
        ("", "unsigned"),
        ("x" * 300_000, "large"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(SupplierError, match=f"cesar.supplier.{reason}"):
        verified(text, TRUSTED, today=TODAY)


def test_a_changed_answer_breaks_the_signature() -> None:
    head, payload, signature = signed(answers(), KEY).split(".")
    stronger = signed(answers(answers={"B1": {"level": 5}}), KEY).split(".")[1]
    assert stronger != payload
    with pytest.raises(SupplierError, match="unsigned"):
        verified(f"{head}.{stronger}.{signature}", TRUSTED, today=TODAY)


def test_only_the_lab_may_say_that_evidence_was_verified() -> None:
    graded = answers(answers={"B1": {"level": 4, "evidence": "A"}})
    assert verified(signed(graded, LAB), TRUSTED, today=TODAY).answers["B1"].evidence == "A"


def test_what_the_practice_says_itself_counts_and_the_rest_is_taken_over() -> None:
    bank = load_instrument("professional")
    before = replies(B1=Reply(level=1))
    after = taken(before, [answers()], path(bank, before.profile))
    assert after.replies["B1"] == Reply(level=1)
    supplied = after.replies["B2"]
    assert (supplied.level, supplied.evidence, supplied.answered) == (3, "C", "2026-10-01")
    assert supplied.supplied is not None
    assert supplied.supplied.product == "AlphaMed 4"


def test_taking_a_product_back_takes_its_answers_back_and_no_others() -> None:
    bank = load_instrument("professional")
    asked = path(bank, replies().profile)
    with_it = taken(replies(A1=Reply(level=3)), [answers()], asked)
    assert taken(with_it, [], asked) == replies(A1=Reply(level=3))


def test_of_two_suppliers_the_weaker_counts_whatever_their_order() -> None:
    bank = load_instrument("professional")
    asked = path(bank, replies().profile)
    weak = answers(product="AlphaCloud", answers={"B1": {"level": 2}})
    for order in ([answers(), weak], [weak, answers()]):
        assert taken(replies(), order, asked).replies["B1"].level == 2


def test_evidence_of_a_supplier_raises_confidence_and_never_the_score() -> None:
    bank = load_instrument("professional")
    declared = answers(answers={"B1": {"level": 4}})
    shown = answers(answers={"B1": {"level": 4, "evidence": "B"}})
    asked = path(bank, replies().profile)
    low, high = (score(judged(bank, taken(replies(), [one], asked))) for one in (declared, shown))
    assert (low.low, low.high) == (high.low, high.high)
    assert low.confidence < high.confidence
