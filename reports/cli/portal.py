"""The command portal: serves the web pages of self-assessments; knows no page."""

import os
from argparse import Namespace
from typing import Final

from reference_server.kernel.store import PostgresUrl
from reference_server.text import default_catalogue, system_reason
from reports.cli.console import Console
from reports.cli.speech import InputError
from reports.portal.office.provider import ProviderSettings
from reports.portal.queue import QueueError
from reports.portal.serve import PortalError, PortalOptions, serve
from reports.portal.trusted import UntrustedError
from scenarios.errors import phrase

DATABASE: Final = "EQUALIS_PORTAL_DATABASE"
QUEUE: Final = "EQUALIS_PORTAL_QUEUE"
OTHERS_NOTHING: Final = 0o077


def execute(name: str, arguments: Namespace) -> int:
    """Serve until told to stop; 0.

    Addresses with a password in them come from the environment, where no list of processes
    shows them.
    """
    del name
    console = Console.of(arguments)
    os.umask(OTHERS_NOTHING)
    options = PortalOptions(
        folder=arguments.folder,
        host=arguments.host,
        port=arguments.port,
        database=arguments.database or os.environ.get(DATABASE),
        queue=arguments.queue or os.environ.get(QUEUE),
        origin=arguments.origin,
        certificate=arguments.certificate,
        key=arguments.key,
        suppliers=arguments.suppliers,
        workers=arguments.workers,
        only_works=arguments.only_works,
        provider=_provider(arguments),
    )
    try:
        serve(options, announce=lambda address: _announce(address, options, console))
    except PortalError as wrong:
        raise InputError(wrong.reason, where=wrong.option) from None
    except QueueError as wrong:
        raise InputError(wrong.reason, where="--queue") from None
    except UntrustedError as wrong:
        why = phrase(wrong.reason)
        raise InputError("cli.wrong.portal-suppliers", where=str(wrong.file), detail=why) from None
    except OSError as error:
        message_id, params = system_reason(error)
        detail = default_catalogue().render(message_id, params, arguments.language)
        where = str(error.filename or f"{options.host}:{options.port}")
        raise InputError("cli.wrong.portal-open", where=where, detail=detail) from None
    return 0


def _provider(arguments: Namespace) -> ProviderSettings | None:
    if arguments.issuer is None:
        return None
    return ProviderSettings(
        issuer=arguments.issuer,
        client_id=arguments.client_id,
        authority=arguments.issuer_authority,
        reviewers=frozenset(arguments.reviewers),
    )


def _announce(address: str, options: PortalOptions, console: Console) -> None:
    if options.only_works:
        console.result({"works": True})
        console.tell("cli.portal.works")
        return
    where = options.database or str(options.folder)
    if "://" in where:
        where = str(PostgresUrl(where))
    console.result({"origin": address, "folder": str(options.folder)})
    console.tell("cli.portal.open", address=address)
    console.tell("cli.portal.kept", where=where)
    if not options.works_inside:
        console.tell("cli.portal.apart")
    console.tell("cli.portal.stop")
