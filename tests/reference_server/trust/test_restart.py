"""What the provider promised before it was stopped still holds afterwards: real processes."""

from pathlib import Path

import pytest

from reference_server.services.trust.model import Logout
from reference_server.services.trust.operations import register_client
from tests.reference_server.app.process import Served, served
from tests.reference_server.trust.listening import mailbox
from tests.reference_server.trust.rp import Rp, rp_client


def at(running: Served, cookies: dict[str, str] | None = None) -> Rp:
    rp = Rp(running.world(), running.trust(), "rp")
    rp.http.cookies.update(cookies or {})
    running.opened.callback(rp.http.close)
    return rp


@pytest.mark.slow
def test_sign_ins_codes_tokens_and_sessions_survive_a_power_cut(tmp_path: Path) -> None:
    with served(tmp_path) as before:
        port = str(before.told["origin"]).rpartition(":")[2]
        register_client(before.world(), rp_client("rp"))
        rp = at(before)
        told = rp.tokens()
        used = rp.refresh(told["refresh_token"]).json()
        code, page = rp.back_silently()["code"], rp.ask(prompt="login")
        cookies, verifier = dict(rp.http.cookies), rp.verifier
        before.kill()
    with served(tmp_path, "--port", port) as after:
        rp = at(after, cookies)
        rp.verifier = verifier
        assert rp.userinfo(told["access_token"]).status_code == 200
        assert rp.login(page).status_code == 303
        rp.http.cookies.update(cookies)
        assert rp.redeem_code(code).status_code == 200
        assert rp.redeem_code(code).json()["error"] == "invalid_grant"
        renewed = rp.refresh(used["refresh_token"])
        assert renewed.status_code == 200
        assert rp.refresh(told["refresh_token"]).json()["error"] == "invalid_grant"
        assert rp.refresh(renewed.json()["refresh_token"]).json()["error"] == "invalid_grant"
        after.stop()


@pytest.mark.slow
def test_a_sign_out_is_told_after_a_restart_too(tmp_path: Path) -> None:
    with mailbox() as box:
        box.statuses[:] = [503]
        with served(tmp_path) as before:
            port = str(before.told["origin"]).rpartition(":")[2]
            logout = Logout(backchannel_uri=box.uri)
            register_client(before.world(), rp_client("rp", logout=logout))
            rp = at(before)
            rp.sign_out(id_token_hint=rp.tokens()["id_token"])
            box.wait_for(1)
            before.kill()
        box.statuses[:] = [200]
        heard = len(box.forms)
        with served(tmp_path, "--port", port) as after:
            rp = at(after)
            assert rp.http.get(f"{rp.issuer}/.well-known/openid-configuration").status_code == 200
            box.wait_for(heard + 1)
            after.stop()
