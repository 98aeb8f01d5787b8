"""The command `sandbox`: arguments, what it prints, exit code; knows no other command."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from reference_server.app.kit.texts import texts
from reference_server.app.texts import texts as of_serving
from reference_server.text import default_catalogue, system_reason
from reference_server.text.wrong_input import tell_wrong_input

_GOOD, _WRONG_INPUT = 0, 2


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `sandbox`; the parser's default `language` is the caller's."""
    say = _speaker(parser.get_default("language") or "fr")
    parser.add_argument("folder", type=Path, metavar="DIR", help=say("kit.option.folder"))
    parser.add_argument("--name", metavar="WORLD", help=say("kit.option.name"))
    parser.add_argument("--port", type=int, help=say("kit.option.port"))
    parser.add_argument("--host", help=say("kit.option.host"))
    parser.add_argument(
        "--reached-as",
        action="append",
        default=[],
        metavar="NAME",
        help=say("kit.option.reached-as"),
    )


def execute(_name: str, arguments: Namespace) -> int:
    """Write the sandbox; 2 where the folder or a wish cannot be used."""
    from reference_server.app.kit.folder import Wishes
    from reference_server.app.kit.make import START_HTML, make_sandbox
    from reference_server.app.serve import ServeError

    say = _speaker(arguments.language)
    wishes = Wishes(
        name=arguments.name,
        host=arguments.host,
        port=arguments.port,
        reached_as=tuple(dict.fromkeys(arguments.reached_as)),
    )
    try:
        made = make_sandbox(arguments.folder, wishes, language=arguments.language)
    except ServeError as error:
        return _refuse(say("kit.wrong", reason=say(error.message_id, **error.params)), arguments)
    except OSError as error:
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        reason = f"{error.filename or arguments.host or arguments.folder} ({why})"
        return _refuse(say("kit.wrong", reason=reason), arguments)
    if arguments.json:
        told = {"folder": str(made.folder), "serve": made.serve, **made.sandbox.model_dump()}
        print(json.dumps({**told, "base_url": made.sandbox.base_url}, ensure_ascii=False))
        return _GOOD
    print(say("kit.made" if made.is_new else "kit.renewed", folder=str(made.folder)))
    print(say("kit.read", file=str(made.folder / START_HTML)))
    print(say("kit.next", command=made.serve))
    return _GOOD


def _refuse(what: str, arguments: Namespace) -> int:
    tell_wrong_input(what, str(arguments.folder), as_json=arguments.json)
    return _WRONG_INPUT


def _speaker(language: str) -> Callable[..., str]:
    def say(message_id: str, **params: object) -> str:
        own = message_id.startswith("kit.")
        return (texts() if own else of_serving()).render(message_id, params, language)

    return say
