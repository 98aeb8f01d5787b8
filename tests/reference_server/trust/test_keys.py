"""Signing keys take turns, and nobody who keeps the key set for some minutes notices."""

from datetime import timedelta

import pytest
from joserfc import jws

from reference_server.services.trust.operations import rotate_keys
from reference_server.world import Keys, Vault, VaultError, World
from tests.reference_server.trust.rp import Rp


def kid_of(token: str) -> object:
    return jws.extract_compact(token.encode()).headers()["kid"]


def published(rp: Rp) -> set[str]:
    keys = rp.http.get(rp.endpoint("certs")).json()["keys"]
    return {str(key["kid"]) for key in keys}


def test_a_new_key_is_told_before_it_signs_and_the_old_one_verifies_after(
    rp: Rp, world: World
) -> None:
    first = rp.tokens()
    old = kid_of(first["id_token"])
    (new,) = rotate_keys(world)
    assert published(rp) == {old, new}
    assert kid_of(rp.tokens()["id_token"]) == old
    with world.store.write() as tx:  # ten minutes pass
        tx.execute("UPDATE world_key SET active_at = 1 WHERE kid = ?", (new,))
    later = world.clock.wire_now() + timedelta(seconds=31)
    assert str(world.keys.signing(now=later).kid) == new
    second = rp.tokens()
    assert kid_of(second["id_token"]) == new
    assert published(rp) == {old, new}
    assert rp.userinfo(first["access_token"]).status_code == 200
    with world.store.write() as tx:  # nothing that the old one signed lives any more
        tx.execute("UPDATE world_key SET leaves_at = 1 WHERE kid = ?", (str(old),))
    assert published(rp) == {new}
    assert "code" in rp.back_silently(id_token_hint=first["id_token"])


def test_both_kinds_of_keys_turn(rp: Rp, world: World) -> None:
    world.keys.signing_by("RS256", now=world.clock.wire_now())
    assert len(rotate_keys(world, ahead=0)) == 2
    assert len(published(rp)) == 4
    told = rp.tokens()
    assert rp.claims(told["id_token"])["sub"]


def test_a_private_key_is_sealed_at_rest_and_one_of_before_is_sealed_at_the_turn(
    rp: Rp, world: World
) -> None:
    def kept() -> list[str]:
        with world.store.read() as tx:
            return [row["pem"] for row in tx.execute("SELECT pem FROM world_key").fetchall()]

    told = rp.tokens()
    assert not any("BEGIN" in pem for pem in kept())
    plain = world.keys.signing(now=world.clock.wire_now()).as_pem(private=True).decode()
    with world.store.write() as tx:
        tx.execute("UPDATE world_key SET pem = ?", (plain,))
    again = Keys(world.store, world.vault)
    assert again.verifying(str(kid_of(told["id_token"]))) is not None
    again.rotate(now=world.clock.wire_now(), live=300)
    assert not any("BEGIN" in pem for pem in kept())
    assert rp.userinfo(told["access_token"]).status_code == 200
    stranger = Keys(world.store, Vault.in_memory())
    with pytest.raises(VaultError):
        stranger.verifying(str(kid_of(told["id_token"])))
