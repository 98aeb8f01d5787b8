"""Lets a person sign out, or have a new certificate installed; knows no prescription."""

from collections.abc import Mapping

from test_suites.engine.players.desk import Act, Work
from test_suites.engine.players.model import ActResult
from test_suites.engine.players.tokens import Tokens
from test_suites.engine.players.wishes import Nothing, understood


def leaving(tokens: Tokens) -> Mapping[str, Act]:
    """Return the act of signing out."""

    async def sign_out(work: Work) -> ActResult:
        understood(Nothing, work.parameters)
        await tokens.sign_out()
        work.screen.inform("player.signed-out")
        return work.screen.result()

    return {"sign-out": sign_out}


def renewing() -> Mapping[str, Act]:
    """Return the act of installing a new certificate: whoever sends shows it from now on."""

    async def renew_certificate(work: Work) -> ActResult:
        understood(Nothing, work.parameters)
        work.screen.inform("player.certificate-renewed")
        return work.screen.result()

    return {"renew-certificate": renew_certificate}
