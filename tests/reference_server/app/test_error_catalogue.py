"""Whatever the server can answer instead of a yes is in the catalogue, in three languages."""

import ast
import gc
import importlib
import json
import pkgutil
from collections import Counter
from collections.abc import Iterator
from inspect import isclass
from pathlib import Path
from types import ModuleType

import httpx
import pytest

import reference_server
from reference_server.app.errors import ErrorEntry, catalogue, refusals
from reference_server.app.errors.gather import entry_of
from reference_server.app.wiring import SERVICES, full_catalogue
from reference_server.kernel.errors import Mend, Refusal
from reference_server.kernel.language import Voice
from reference_server.services.prescriptions.errors.state import StateRefusal
from reference_server.services.trust.errors import OAuthRefusal
from reference_server.text import LANGUAGES, MissingTextError
from reference_server.world import World
from tests.reference_server.standing import Standing

ROOT = Path(reference_server.__path__[0])
RENDERERS = {
    "kernel/outcome.py",
    "services/trust/router/answers.py",
    "services/certificates/pages/applying.py",
    "world/visiting.py",
}
"""Where a refusal becomes an answer or a page; nobody else writes one."""

_WIRE_KEYS = {"error", "error_description"}
_ANSWERS = {"HTTPException", "JSONResponse", "PlainTextResponse", "HTMLResponse"}
_REFUSED = 400


def all_modules() -> tuple[ModuleType, ...]:
    """Import everything of the server."""
    found = pkgutil.walk_packages(reference_server.__path__, "reference_server.")
    return tuple(importlib.import_module(module.name) for module in found)


def coded(base: type[Refusal]) -> Iterator[type[Refusal]]:
    """Give every refusal of the server that has a code."""
    for refusal in base.__subclasses__():
        if refusal.code and refusal.__module__.startswith("reference_server."):
            yield refusal
        yield from coded(refusal)


def unlisted() -> set[str]:
    """Return the codes that the server can answer and the catalogue does not have."""
    all_modules()
    listed = {(entry.code, entry.status) for entry in catalogue("fr")}
    return {each.code for each in coded(Refusal) if (each.code, each.status) not in listed}


def nameless(module: ModuleType) -> Iterator[str]:
    """Give the calls and raises of a module that make a refusal without a code."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        made = node.func if isinstance(node, ast.Call) else getattr(node, "exc", None)
        thing = getattr(module, made.id, None) if isinstance(made, ast.Name) else None
        if isclass(thing) and issubclass(thing, Refusal) and not thing.code:
            yield f"{module.__name__}: {thing.__name__}"


def hand_written(source: str) -> Iterator[int]:
    """Give the lines of a module that write an error answer past the refusals."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Dict():
                pairs = zip(map(_constant, node.keys), map(_constant, node.values), strict=True)
                for key, value in pairs:
                    if key in _WIRE_KEYS or (key, value) == ("resourceType", "OperationOutcome"):
                        yield node.lineno
            case ast.Call(func=ast.Name(id=name)) if name in _ANSWERS:
                yield node.lineno
            case ast.keyword(arg="status_code" | "status", value=ast.Constant(value=int(status))):
                if status >= _REFUSED:
                    yield node.value.lineno
            case _:
                pass


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def reasons_given() -> set[tuple[str, str]]:
    """Return every OAuth refusal that the identity provider makes, with its reason."""
    found = set()
    names = {refusal.__name__ for refusal in refusals() if issubclass(refusal, OAuthRefusal)}
    for path in (ROOT / "services" / "trust").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(reason)), *_]):
                    if name in names:
                        found.add((name, reason))
                case _:
                    pass
    return found


@pytest.fixture(params=LANGUAGES)
def entries(request: pytest.FixtureRequest) -> tuple[ErrorEntry, ...]:
    return catalogue(str(request.param))


def test_no_code_that_the_server_can_answer_is_unlisted() -> None:
    assert unlisted() == set()


def test_a_refusal_that_somebody_adds_without_texts_is_noticed() -> None:
    catalogue("fr")
    name = "reference_server.services.prescriptions.errors.state"
    facts = {"__module__": name, "code": "planted", "__doc__": "Planted."}
    planted = type("Planted", (StateRefusal,), facts)
    texts = full_catalogue(tuple(service.name for service in SERVICES))
    try:
        assert unlisted() == {"planted"}
        with pytest.raises(MissingTextError, match="planted"):
            entry_of(planted, Voice(catalogue=texts, language="fr", request_id="r"))
    finally:
        del planted
        gc.collect()
    assert unlisted() == set()


def test_nobody_makes_a_refusal_that_has_no_code() -> None:
    assert [each for module in all_modules() for each in nameless(module)] == []


def test_nobody_writes_an_error_answer_past_the_refusals() -> None:
    written = {
        str(path.relative_to(ROOT)): list(hand_written(path.read_text(encoding="utf-8")))
        for path in ROOT.rglob("*.py")
        # A command's JSON goes to a terminal; what FHIR itself finds is a result, not a refusal.
        if path.name not in {"commands.py", "wrong_input.py"}
        and path.relative_to(ROOT).parts[0] != "fhir"
    }
    assert {name for name, lines in written.items() if lines} <= RENDERERS


@pytest.mark.parametrize(
    "source",
    [
        "answer = {'resourceType': 'OperationOutcome', 'issue': []}",
        "answer = {'error': 'invalid_thing'}",
        "answer = JSONResponse({})",
        "answer = Response(b'', status_code=418)",
        "answer = fhir_answer(b'', status=500)",
        "raise HTTPException(404)",
    ],
)
def test_an_answer_written_by_hand_is_found(source: str) -> None:
    assert list(hand_written(source)) == [1]


def test_the_reasons_of_oauth_are_those_that_are_given() -> None:
    told = {
        (refusal.__name__, reason)
        for refusal in refusals()
        if issubclass(refusal, OAuthRefusal)
        for reason in refusal.reasons
    }
    assert told == reasons_given()


def test_every_code_is_one_entry_with_all_its_texts(entries: tuple[ErrorEntry, ...]) -> None:
    codes = Counter(entry.code for entry in entries)
    assert [code for code, times in codes.items() if times > 1] == []
    for entry in entries:
        assert entry.mend in set(Mend)
        assert entry.text != entry.cause
        assert all((entry.text, entry.cause, entry.advice, entry.answers)), entry.code


def test_the_texts_differ_between_the_languages() -> None:
    for one, *others in zip(*map(catalogue, LANGUAGES), strict=True):
        texts = {each.text for each in (one, *others)} | {each.cause for each in (one, *others)}
        assert len(texts) == 2 * len(LANGUAGES), one.code


def test_an_example_shows_its_code_as_the_wire_does(entries: tuple[ErrorEntry, ...]) -> None:
    for entry in entries:
        for answer in entry.answers:
            assert answer.status == entry.status
            if "OperationOutcome" in answer.body and entry.code != "refused":
                (issue,) = json.loads(answer.body)["issue"]
                assert issue["details"]["coding"][0]["code"] == entry.code
                assert issue["diagnostics"].startswith("X-Request-Id: ")
            elif "urn:ietf:params:acme:error" in answer.body:
                assert set(json.loads(answer.body)) == {"type", "detail", "status", "request_id"}
            elif answer.body and entry.code != "refused":
                assert set(json.loads(answer.body)) == {"error", "error_description", "request_id"}


@pytest.mark.parametrize(("language", "title"), [("fr", "erreurs"), ("de", "Fehler")])
def test_the_page_is_offered_in_the_callers_language(
    server: Standing, world: World, language: str, title: str
) -> None:
    headers = {"Accept-Language": language}
    with httpx.Client(verify=server.trust(), headers=headers, timeout=60) as http:
        page = http.get(f"{world.base_url}/errors")
        told = http.get(f"{world.base_url}/errors.json")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-language"] == language
    assert page.headers["vary"] == "Accept-Language, Cookie"
    assert title in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self' 'nonce-" in policy
    assert "<script" not in page.text
    assert 'style="' not in page.text
    listed = told.json()["errors"]
    assert told.json()["language"] == language
    assert [each["code"] for each in listed] == [each.code for each in catalogue(language)]
    for each in listed:
        assert f'<article id="{each["code"]}">' in page.text


def test_a_real_refusal_is_the_one_of_the_catalogue(server: Standing, world: World) -> None:
    with httpx.Client(verify=server.trust(), headers={"Accept-Language": "en"}, timeout=60) as http:
        (issue,) = http.get(f"{world.fhir_base}/Task").json()["issue"]
    entry = next(each for each in catalogue("en") if each.code == "token-missing")
    (shown,) = json.loads(entry.answers[0].body)["issue"]
    assert {**issue, "diagnostics": ""} == {**shown, "diagnostics": ""}
