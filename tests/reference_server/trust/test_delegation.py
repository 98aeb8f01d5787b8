"""A registered team member acts for a practitioner (RFC 8693), and SMART scopes and discovery."""

from typing import Any

import httpx
import pytest

from reference_server.services.providers.store.directory import Directory
from reference_server.services.trust.operations.grants.exchange import ACCESS_TOKEN, GRANT_TYPE
from reference_server.services.trust.rules.smart import is_part_of_any, read_smart
from reference_server.world import World
from tests.reference_server.standing import Standing, back_at_client, trail_of
from tests.reference_server.trust.rp import Rp, new_rp, rp_client

PRACTITIONER, MEMBER = "9100000017", "9100000025"


def register(world: World, *, practitioner: str, member: str) -> None:
    """Register a team member in the directory."""
    with world.store.write() as tx:
        Directory(world).add_to_team(tx, member, head=practitioner)


@pytest.fixture
def team(world: World) -> None:
    register(world, practitioner=PRACTITIONER, member=MEMBER)


def exchange(rp: Rp, token: str, **changed: str | None) -> httpx.Response:
    good: dict[str, Any] = {
        "grant_type": GRANT_TYPE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
        "requested_subject": PRACTITIONER,
    }
    return rp.post("token", **{**good, **changed})


@pytest.mark.usefixtures("team")
def test_a_team_member_acts_for_the_practitioner_and_both_are_named(rp: Rp) -> None:
    own = rp.tokens(username=MEMBER, scope="openid erx.prescribe erx.read")
    answer = exchange(rp, own["access_token"], scope="erx.read")
    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["issued_token_type"], told["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert "refresh_token" not in told
    claims = rp.claims(told["access_token"])
    assert (claims["sub"], claims["act"]) == (PRACTITIONER, {"sub": MEMBER})
    assert (claims["ehealth_id"], claims["scope"]) == (PRACTITIONER, "erx.read")
    caller = trail_of(rp.world)[-1].entry.caller
    assert caller is not None
    assert (caller.ehealth_id, caller.actor) == (PRACTITIONER, MEMBER)
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    api = rp.http.get(f"{rp.world.fhir_base}/Task?status=ready", headers=headers)
    assert api.status_code == 200
    rp.sign_out(id_token_hint=own["id_token"])
    assert rp.http.get(f"{rp.world.fhir_base}/Task", headers=headers).status_code == 401


@pytest.mark.usefixtures("team")
def test_the_practitioners_own_token_and_the_members_together_do_the_same(rp: Rp) -> None:
    practitioner = rp.tokens(scope="openid erx.read")["access_token"]
    member = rp.tokens(username=MEMBER, prompt="login", scope="openid erx.read")["access_token"]
    assert exchange(rp, practitioner, actor_token=member).status_code == 400  # session is over
    rp.http.cookies.clear()
    practitioner = rp.tokens(scope="openid erx.read")["access_token"]
    answer = exchange(
        rp,
        practitioner,
        actor_token=member,
        actor_token_type=ACCESS_TOKEN,
        requested_subject=None,
        audience=rp.world.fhir_base,
    )
    claims = rp.claims(answer.json()["access_token"])
    assert (claims["sub"], claims["act"]) == (PRACTITIONER, {"sub": MEMBER})


def test_who_is_not_in_the_team_acts_for_nobody(rp: Rp, world: World) -> None:
    own = rp.tokens(username=MEMBER)["access_token"]
    refused = exchange(rp, own)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    register(world, practitioner="9100000033", member=MEMBER)
    assert exchange(rp, own).status_code == 400


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"subject_token": "x"}, "invalid_request"),
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_subject": None}, "invalid_request"),
        ({"scope": "erx.prescribe"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ],
)
def test_an_exchange_gives_no_more_than_the_member_has(
    rp: Rp, changed: dict[str, str | None], error: str
) -> None:
    own = rp.tokens(username=MEMBER, scope="openid erx.read")["access_token"]
    refused = exchange(rp, own, **changed)
    assert (refused.status_code, refused.json()["error"]) == (400, error)


@pytest.mark.usefixtures("team")
def test_nobody_exchanges_an_exchanged_token_or_anothers(
    rp: Rp, rp_server: Rp, server: Standing, world: World
) -> None:
    own = rp.tokens(username=MEMBER)["access_token"]
    assert exchange(rp_server, own).status_code == 400
    delegated = exchange(rp, own).json()["access_token"]
    register(world, practitioner="9100000033", member=PRACTITIONER)
    assert exchange(rp, delegated, requested_subject="9100000033").status_code == 400
    plain = new_rp(world, server.trust(), rp_client("plain", exchanges=False))
    refused = exchange(plain, plain.tokens(username=MEMBER)["access_token"])
    assert refused.json()["error"] == "unauthorized_client"
    plain.http.close()


@pytest.mark.parametrize(
    ("asked", "registered", "is_part"),
    [
        ("user/Task.r", "user/Task.rs", True),
        ("user/Task.rs", "user/*.rs", True),
        ("user/Task.read", "user/*.rs", True),
        ("user/Task.cruds", "user/*.rs", False),
        ("user/*.rs", "user/Task.rs", False),
        ("patient/Task.r", "user/*.cruds", False),
        ("user/Task.rs?status=ready", "user/Task.rs", True),
        ("user/Task.rs", "user/Task.rs?status=ready", False),
        ("user/Task.*", "user/Task.cruds", True),
    ],
)
def test_a_smart_scope_is_part_of_another(asked: str, registered: str, *, is_part: bool) -> None:
    assert is_part_of_any(asked, {registered}) is is_part


@pytest.mark.parametrize("scope", ["user/Task.", "user/Task.sr", "user/task.r", "user/*", "x/Y.r"])
def test_what_is_no_smart_scope_is_none(scope: str) -> None:
    assert read_smart(scope) is None


def test_a_smart_app_finds_its_way_and_gets_part_of_what_it_is_registered_for(rp: Rp) -> None:
    told = rp.http.get(f"{rp.world.fhir_base}/.well-known/smart-configuration").json()
    assert told["issuer"] == rp.issuer
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert {"permission-v2", "sso-openid-connect", "client-public"} <= set(told["capabilities"])
    tokens = rp.tokens(scope="openid fhirUser user/Task.rs", aud=rp.world.fhir_base)
    assert tokens["scope"] == "fhirUser openid user/Task.rs"
    who = rp.userinfo(tokens["access_token"]).json()
    assert who["fhirUser"] == f"{rp.world.fhir_base}/Practitioner/9100000017"
    more = back_at_client(rp.ask(scope="openid user/Task.cruds"))
    assert more["error"] == "invalid_scope"
    elsewhere = back_at_client(rp.ask(aud="https://elsewhere.example/fhir"))
    assert elsewhere["error"] == "invalid_target"
