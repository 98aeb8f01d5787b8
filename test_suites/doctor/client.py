"""Examines how a client product is made to act: driver, program, or a person."""

from test_suites.doctor.around import Surroundings
from test_suites.doctor.notebook import Notebook, fault
from test_suites.doctor.product import driver_faults, port_faults, program_faults, reach_driver
from test_suites.subjects.model import DriverOperator, ProcessOperator, Subject


async def examine_client(
    notebook: Notebook, subject: Subject, *, around: Surroundings, allowed: bool
) -> None:
    """Examine a subject's operator; a host that nobody allows is not asked."""
    match subject.operator:
        case DriverOperator(url=url):
            if not (allowed and await notebook.ask("driver", url, reach_driver(url))):
                if not allowed:
                    notebook.skip("driver", url)
                notebook.skip("contract", url)
                return
            await notebook.ask("contract", url, driver_faults(url, subject))
        case ProcessOperator() as operator:
            if notebook.enter("ports", "", tuple(port_faults(operator.command))):
                await notebook.ask(
                    "program",
                    "",
                    program_faults(operator, subject, ready_seconds=around.ready_seconds),
                )
            else:
                notebook.skip("program")
        case _:
            faults = (
                () if around.has_terminal else (fault("nobody-at-terminal", ("operator", "kind")),)
            )
            notebook.enter("console", "", faults)
