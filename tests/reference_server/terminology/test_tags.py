"""Answers that somebody holds already are not sent again, as long as no list changes."""

import httpx
import pytest

from reference_server.services.terminology.store import import_resources
from tests.reference_server.terminology.asking import GENDER, GENDERS, Asker

LOOKUP, EXPAND = "/CodeSystem/$lookup", "/ValueSet/$expand"


def again(asker: Asker, answer: httpx.Response, **headers: str) -> httpx.Response:
    asked = answer.request.url
    return asker.http.get(asked, headers={"If-None-Match": answer.headers["etag"], **headers})


def asked(asker: Asker) -> tuple[httpx.Response, ...]:
    return (
        asker.get(LOOKUP, system=GENDER, code="male"),
        asker.get(EXPAND, url=GENDERS),
        asker.get("/CodeSystem", url=GENDER),
        asker.get("/CodeSystem/administrative-gender"),
    )


def test_an_answer_that_is_held_is_not_sent_again(asker: Asker) -> None:
    first = asked(asker)
    assert len({each.headers["etag"] for each in first}) == len(first)
    for answer in first:
        assert answer.status_code == 200
        assert answer.headers["etag"].startswith('W/"')
        assert answer.headers["cache-control"] == "no-cache"
        same = again(asker, answer)
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == answer.headers["etag"]
        assert "content-type" not in same.headers


def test_a_list_that_was_brought_makes_every_answer_a_new_one(asker: Asker) -> None:
    before = asked(asker)
    own = {"resourceType": "CodeSystem", "id": "own", "url": "http://e.example/own",
           "status": "active", "content": "complete", "concept": [{"code": "a"}]}  # fmt: skip
    import_resources(asker.world, [own])
    for answer in before:
        after = again(asker, answer)
        assert after.status_code == 200
        assert after.headers["etag"] != answer.headers["etag"]


def test_another_language_is_another_answer(asker: Asker) -> None:
    answer = asker.http.get(
        "/ValueSet/$validate-code",
        params={"url": GENDERS, "system": GENDER, "code": "x"},
        headers={"Accept-Language": "fr"},
    )
    assert again(asker, answer, **{"Accept-Language": "fr"}).status_code == 304
    german = again(asker, answer, **{"Accept-Language": "de"})
    assert german.status_code == 200
    assert german.json() != answer.json()
    assert german.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("told", "status"),
    [("*", 304), ('"other", {tag}', 304), ("{strong}", 304), ('W/"other"', 200), ("x", 200)],
)
def test_if_none_match_is_read_as_rfc_9110_says(asker: Asker, told: str, status: int) -> None:
    answer = asker.get(LOOKUP, system=GENDER, code="male")
    tag = answer.headers["etag"]
    wanted = told.format(tag=tag, strong=tag.removeprefix("W/"))
    assert again(asker, answer, **{"If-None-Match": wanted}).status_code == status


def test_a_refusal_has_no_tag_and_is_told_whatever_is_held(asker: Asker) -> None:
    for told in ("*", 'W/"x"'):
        refused = asker.http.get(
            LOOKUP, params={"system": GENDER, "code": "x"}, headers={"If-None-Match": told}
        )
        assert refused.status_code == 404
        assert "etag" not in refused.headers
        assert refused.headers["cache-control"] == "no-store"
