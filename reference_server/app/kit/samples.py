"""The samples in Python, Java, C# and HTTP, with this sandbox's values in them; runs none."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import jinja2

# Not jinja's own braces: the code itself is full of them.
_OPEN, _CLOSE = "<<", ">>"
SAMPLES = (
    "happy-path.http",
    "samples/python/first_prescription.py",
    "samples/java/FirstPrescription.java",
    "samples/csharp/FirstPrescription.cs",
    "samples/csharp/FirstPrescription.csproj",
)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        autoescape=False,  # noqa: S701 - programs, not pages; every value is a persona's or checked
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        variable_start_string=_OPEN,
        variable_end_string=_CLOSE,
    )


def sample(name: str, facts: Mapping[str, object]) -> bytes:
    """Return one of SAMPLES with the facts of a sandbox in it."""
    source = (files("reference_server.app.kit") / "templates" / f"{name}.j2").read_text("utf-8")
    return _environment().from_string(source).render(facts).encode("utf-8")
