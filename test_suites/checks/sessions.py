"""Facts about what a client does with a session: refresh tokens, userinfo, signing out."""

from collections.abc import Iterator

from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.transcript import ExhibitKind, StepState
from test_suites.core.view import View, in_exhibit, in_request, in_response, in_step

REFRESH = "form:refresh_token"
BEARER = "header:authorization"
_ERROR = 400


def shown(exchange: Exchange, *places: str) -> frozenset[str]:
    """Return the digests of the secrets that a request carries in these places."""
    redacted = {each.sha256 for each in exchange.redactions if each.where in places}
    return frozenset(redacted | {each.sha256 for each in exchange.tokens if each.where in places})


def newest_refresh_token(view: View) -> Iterator[Observation]:
    """No refresh token is presented again after the answer that replaced it."""
    asked = [(e, digest) for e in view.whole_case() for digest in shown(e, REFRESH)]
    if len(asked) < 2:  # noqa: PLR2004  two are needed to compare
        yield view.unobserved("no-second-attempt")
        return
    replaced: set[str] = set()
    again: list[Exchange] = []
    for exchange, digest in asked:
        if digest in replaced:
            again.append(exchange)
        elif exchange.response is not None and exchange.response.status < _ERROR:
            replaced.add(digest)
    yield view.decide(
        in_request((again or [asked[-1][0]])[0]),
        holds=not again,
        expected=f"{len(asked)}",
        actual=f"{len(asked) - len(again)}",
    )


def refused_refresh_left(view: View) -> Iterator[Observation]:
    """A refresh token that was refused is not presented again."""
    exchanges = view.exchanges()
    refused = next((e for e in exchanges if e.deviation == view.text("deviation")), None)
    if refused is None:
        yield view.unobserved("no-trouble")
        return
    later = exchanges[exchanges.index(refused) + 1 :]
    spent = shown(refused, REFRESH)
    again = [e for e in later if shown(e, REFRESH) & spent]
    yield view.decide(
        in_request(again[0]) if again else in_response(refused),
        holds=not again,
        expected="1",
        actual=1 + len(again),
    )


def false_words_unused(view: View) -> Iterator[Observation]:
    """Nothing that a false answer told is shown to the person or sent on."""
    exchanges = view.exchanges()
    forged = next((e for e in exchanges if e.deviation == view.text("deviation")), None)
    if forged is None:
        yield view.unobserved("no-trouble")
        return
    words = view.words("words")
    for exhibit in view.exhibits(ExhibitKind.SHOWN):
        used = [word for word in words if word in exhibit.content.decode("utf-8", "replace")]
        if used:
            yield view.broken(in_exhibit(exhibit), expected="-", actual=", ".join(used))
            return
    for exchange in exchanges[exchanges.index(forged) + 1 :]:
        text = exchange.request.body.decode("utf-8", "replace")
        used = [word for word in words if word in text]
        if used:
            yield view.broken(in_request(exchange), expected="-", actual=", ".join(used))
            return
    yield view.held(in_response(forged), expected="-", actual="-")


def old_tokens_dropped(view: View) -> Iterator[Observation]:
    """No token of before the sign-out is presented after it."""
    exchanges = view.exchanges()
    if not exchanges:
        yield view.unobserved("no-request")
        return
    whole = view.whole_case()
    before = whole[: whole.index(exchanges[0])]
    known = frozenset[str]().union(*(shown(e, BEARER, REFRESH) for e in before))
    again = [e for e in exchanges if shown(e, BEARER, REFRESH) & known]
    yield view.decide(
        in_request((again or list(exchanges))[0]), holds=not again, expected="0", actual=len(again)
    )


def session_ended(view: View) -> Iterator[Observation]:
    """The client sends the person to the provider's sign-out, and the provider takes it."""
    sent = view.exchanges("end-session")
    if not sent and view.state is not StepState.DONE:
        yield view.unobserved("step-failed", in_step(view))
        return
    taken = [e for e in sent if e.response is not None and e.response.status < _ERROR]
    yield view.decide(
        in_request(taken[0] if taken else sent[0]) if sent else in_step(view),
        holds=bool(taken),
        expected=">= 1",
        actual=len(taken),
    )
