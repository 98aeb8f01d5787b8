"""Examines everything around one subject, in order and in time; a failure stops what rests on it.

Nothing is kept: secrets are used as a run would use them, and forgotten.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from test_suites.doctor import machine
from test_suites.doctor.around import Surroundings
from test_suites.doctor.client import examine_client
from test_suites.doctor.files import file_faults, host_faults
from test_suites.doctor.notebook import Checked, Diagnosis, Notebook
from test_suites.doctor.server import examine_server
from test_suites.doctor.threads import in_thread
from test_suites.subjects.model import Subject
from test_suites.subjects.reader import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Everything that was examined, in order."""

    checks: tuple[Checked, ...]

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Return everything found."""
        return tuple(each for check in self.checks for each in check.diagnoses)

    @property
    def is_good(self) -> bool:
        """Tell whether nothing but hints was found."""
        return all(each.cause.is_hint for each in self.diagnoses)


def examine(
    subject: Subject,
    folder: Path,
    *,
    written: Written | None = None,
    surroundings: Surroundings | None = None,
) -> tuple[Diagnosis, ...]:
    """Return what would hinder a campaign with a subject; empty where nothing does.

    `folder` is where the files lie that the subject names; `written` is the text it was read
    from, which gives diagnoses their lines.
    """
    return examination(subject, folder, written=written, surroundings=surroundings).diagnoses


def examination(
    subject: Subject,
    folder: Path,
    *,
    written: Written | None = None,
    surroundings: Surroundings | None = None,
) -> Examination:
    """Return every examination with what it found."""
    chosen = surroundings or Surroundings()
    notebook = asyncio.run(_examined(subject, folder, written, chosen))
    return Examination(checks=tuple(notebook.checks))


async def _examined(
    subject: Subject, folder: Path, written: Written | None, around: Surroundings
) -> Notebook:
    ends = asyncio.get_running_loop().time() + around.seconds
    notebook, beside = Notebook(written=written, ends=ends), Notebook(written=written, ends=ends)
    today = around.now().date()
    files = tuple(file_faults(subject, folder))
    notebook.enter("files", "", files)
    allowed = notebook.enter("hosts", "", tuple(host_faults(subject, today=today)))
    async with asyncio.TaskGroup() as both:
        both.create_task(_machine(beside, folder, around))
        if subject.server is not None:
            both.create_task(
                examine_server(
                    notebook,
                    subject,
                    folder,
                    around=around,
                    unreadable=frozenset(each.place for each in files),
                    allowed=allowed,
                )
            )
        if subject.operator is not None:
            both.create_task(examine_client(notebook, subject, around=around, allowed=allowed))
    notebook.checks.extend(beside.checks)
    return notebook


async def _machine(notebook: Notebook, folder: Path, around: Surroundings) -> None:
    notebook.enter("clock", "", tuple(machine.clock_faults(around.now())))
    notebook.enter("disk", "", tuple(machine.disk_faults(folder, least=around.least_free)))
    notebook.enter("proxies", "", tuple(machine.proxy_faults(around.environ)))
    await notebook.ask("loopback", "", in_thread(lambda: tuple(machine.loopback_faults())))
    await notebook.ask("pdf", "", in_thread(lambda: tuple(machine.pdf_faults())))
