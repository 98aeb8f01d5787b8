"""One Jinja2 environment a package: its own templates, and the foundation's below `web/`."""

from functools import cache
from importlib.resources import files

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
)

from reference_server.kernel.web import charts, static


def loader(home: str) -> BaseLoader:
    """Return what finds a package's templates."""

    def read(name: str) -> str | None:
        found = files(home) / "templates" / name
        return found.read_text(encoding="utf-8") if found.is_file() else None

    return FunctionLoader(read)


def web_loader() -> BaseLoader:
    """Return what finds the foundation's templates below `web/`, for any environment."""
    return PrefixLoader({"web": loader(static.WEB)})


@cache
def environment(home: str, borrows: tuple[str, ...] = ()) -> Environment:
    """Return the environment of a package's pages; what it lacks comes from whom it borrows."""
    made = Environment(
        loader=ChoiceLoader((web_loader(), loader(home), *map(loader, borrows))),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["chart"] = charts
    return made
