"""Finds every refusal of the kernel and the services and tells all about it; writes no page.

Nothing here is a list of codes: a class that a service's `errors` defines is in the catalogue, and
its example is what the renderer of its own routes answers.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

from starlette.responses import Response

from reference_server.app.errors.entry import Answer, ErrorEntry, Reason
from reference_server.app.wiring import SERVICES, full_catalogue
from reference_server.kernel.errors import Refusal
from reference_server.kernel.language import Voice
from reference_server.kernel.outcome import fhir_refusal
from reference_server.kernel.route import Renderer
from reference_server.services.trust.errors import OAuthRefusal
from reference_server.services.trust.router import render as oauth_refusal

KERNEL = "kernel"
REQUEST_ID = "5f0f4b0e-8c0b-4d43-9a3e-0f6f7c1d2b3a"
"""The request id of every worked example."""

_OURS = "reference_server."
_SERVICES = "reference_server.services."
_SHOWN_HEADERS = ("content-type", "location", "www-authenticate", "retry-after", "allow")
_JSON = "json"


@cache
def refusals() -> tuple[type[Refusal], ...]:
    """Return every refusal with a code of its own, the kernel's first, as they are defined."""
    for service in SERVICES:
        _import_all(f"{_SERVICES}{service.name}")
    found = dict.fromkeys(_coded(Refusal))
    groups = (KERNEL, *(service.name for service in SERVICES))
    return tuple(sorted(found, key=lambda refusal: groups.index(_group(refusal))))


@cache
def catalogue(language: str) -> tuple[ErrorEntry, ...]:
    """Return the catalogue in one language: `fr`, `en` or `de`."""
    texts = full_catalogue(tuple(service.name for service in SERVICES))
    voice = Voice(catalogue=texts, language=language, request_id=REQUEST_ID)
    return tuple(entry_of(refusal, voice) for refusal in refusals())


def entry_of(refusal: type[Refusal], voice: Voice) -> ErrorEntry:
    """Tell all about one refusal; MissingTextError where a sentence is not there."""
    worked, message = refusal.worked(), refusal.code.replace("_", "-")
    is_oauth = issubclass(refusal, OAuthRefusal)
    text = voice.text(f"refusal.{message}") if is_oauth else voice.refusal(worked)
    answers = tuple(answer_of(render(worked, voice)) for render in _renderers(refusal))
    as_fhir = any(_is_coded(refusal.code, answer) for answer in answers)
    return ErrorEntry(
        code=refusal.code,
        group=_group(refusal),
        status=refusal.status,
        issue_code=refusal.issue_code if as_fhir else None,
        requirement=refusal.requirement,
        text=text,
        cause=voice.text(f"cause.{message}"),
        mend=refusal.mend,
        advice=voice.text(f"mend.{refusal.mend}"),
        reasons=tuple(_reasons(refusal, voice)),
        answers=answers,
    )


def answer_of(response: Response) -> Answer:
    """Return what is worth showing of an answer."""
    headers = tuple(
        (name, response.headers[name]) for name in _SHOWN_HEADERS if name in response.headers
    )
    if _JSON not in response.headers.get("content-type", ""):
        return Answer(status=response.status_code, headers=headers, body="")
    told = json.loads(bytes(response.body))
    error = told.get("error")
    body = json.dumps(told, indent=2, ensure_ascii=False)
    return Answer(status=response.status_code, headers=headers, body=body, error=error)


def _is_coded(code: str, answer: Answer) -> bool:
    return "OperationOutcome" in answer.body and f'"{code}"' in answer.body


def _reasons(refusal: type[Refusal], voice: Voice) -> Iterator[Reason]:
    if issubclass(refusal, OAuthRefusal):
        for reason in refusal.reasons:
            yield Reason(id=reason, text=voice.refusal(refusal.of(reason)))


def _renderers(refusal: type[Refusal]) -> tuple[Renderer, ...]:
    """Return who may have to say it: what the kernel refuses is refused on every path."""
    group = _group(refusal)
    if group == KERNEL:
        return (fhir_refusal, oauth_refusal)
    routers = (each for service in SERVICES if service.name == group for each in service.routers)
    renderers = dict.fromkeys(router.render for router in routers)
    return tuple(renderers) or (fhir_refusal,)


def _coded(base: type[Refusal]) -> Iterator[type[Refusal]]:
    for refusal in base.__subclasses__():
        if "code" in refusal.__dict__ and refusal.__module__.startswith(_OURS):
            yield refusal
        yield from _coded(refusal)


def _group(refusal: type[Refusal]) -> str:
    module = refusal.__module__
    return module.removeprefix(_SERVICES).split(".")[0] if module.startswith(_SERVICES) else KERNEL


def _import_all(name: str) -> None:
    package = import_module(name)
    for module in walk_packages(package.__path__, f"{name}."):
        if module.name.removeprefix(name).startswith(".errors"):
            import_module(module.name)
