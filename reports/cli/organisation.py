"""The command organisation: admits one to the vendors' pages, and writes its file."""

import os
from argparse import Namespace
from pathlib import Path

from reference_server.text import default_catalogue, system_reason
from reports.cli.console import Console
from reports.cli.portal import DATABASE, OTHERS_NOTHING
from reports.cli.speech import InputError
from reports.portal.office.admissions import OrganisationFile
from reports.portal.serve import PortalOptions

LONGEST = 120
OWNER_ONLY = 0o600


def execute(name: str, arguments: Namespace) -> int:
    """Admit an organisation; its file is written once and known to nobody else; 0."""
    del name
    console, out = Console.of(arguments), arguments.out
    called = arguments.organisation.strip()
    if not 0 < len(called) <= LONGEST or not called.isprintable():
        raise InputError("cli.wrong.organisation-name", where=called[:LONGEST])
    os.umask(OTHERS_NOTHING)
    database = arguments.database or os.environ.get(DATABASE)
    options = PortalOptions(folder=arguments.folder, database=database)
    try:
        made = _admitted(options, called, is_reviewer=arguments.reviewer, out=out)
    except FileExistsError:
        raise InputError("cli.wrong.organisation-out", where=str(out)) from None
    except OSError as error:
        message_id, params = system_reason(error)
        detail = default_catalogue().render(message_id, params, arguments.language)
        where = str(error.filename or arguments.folder)
        raise InputError("cli.wrong.portal-open", where=where, detail=detail) from None
    console.result(
        {"file": str(out), "organisation": called, "role": made.role, "expires": str(made.expires)}
    )
    console.tell("cli.organisation.told", file=out, organisation=called, expires=made.expires)
    return 0


def _admitted(
    options: PortalOptions, called: str, *, is_reviewer: bool, out: Path
) -> OrganisationFile:
    """Admit an organisation in the portal's store; nothing is kept where the file cannot be."""
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        desk = options.desk()
        try:
            made = desk.office.admissions.admit(called, is_reviewer=is_reviewer)
        finally:
            desk.close()
        opened.write(made.model_dump_json(indent=1) + "\n")
    return made
