"""One national service looks like every other: its files, what they hold, what they import."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from inspect import getdoc, isclass, isfunction
from pathlib import Path
from types import ModuleType

import pytest

from reference_server.app.wiring import SERVICES
from reference_server.kernel.errors import Refusal
from reference_server.kernel.service import Service
from reference_server.text import LANGUAGES
from reference_server.world import World
from scenarios import load_catalogue

ROOT = Path(str(files("reference_server.services")))
NAMES = tuple(service.name for service in SERVICES)

# A module, or a folder of the same name where it would grow too long.
MODULES = frozenset(
    {"model", "fhir", "rules", "operations", "store", "router", "errors"}
    | {"pages", "page", "mllp", "soap", "ldap", "syslog", "describe", "catalogue"}
)
FOLDERS = frozenset({"sql", "templates", "messages", "static"})
FILES = frozenset({"__init__.py", "SPEC.md", "catalogue.json"})
_SOURCE = re.compile(r"(ERX-[A-Z]{3}-\d{3}|(RFC \d+|OpenID Connect [\w -]+) §[\d.]+|OID [\d.]+)")


def modules(name: str, part: str) -> Iterator[ModuleType]:
    """Give a service's module, or those of the folder of that name."""
    for path in sorted((ROOT / name).rglob("*.py")):
        inside = path.relative_to(ROOT / name).with_suffix("").parts
        if inside[0] == part:
            yield import_module(".".join(("reference_server.services", name, *inside)))


def own(module: ModuleType) -> Iterator[object]:
    """Give the classes and functions that a module defines itself."""
    for thing in vars(module).values():
        if (isclass(thing) or isfunction(thing)) and thing.__module__ == module.__name__:
            yield thing


def test_every_folder_is_a_service_and_every_service_a_folder() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert folders == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_folder_holds_nothing_but_the_closed_list(name: str) -> None:
    for path in (ROOT / name).iterdir():
        if path.name == "__pycache__":
            continue
        if path.is_dir():
            assert path.name in MODULES | FOLDERS, path.name
        else:
            assert path.name in FILES or (path.suffix == ".py" and path.stem in MODULES), path.name


@pytest.mark.parametrize("name", NAMES)
def test_init_defines_service_and_nothing_else(name: str) -> None:
    tree = ast.parse((ROOT / name / "__init__.py").read_text(encoding="utf-8"))
    documented, *rest = tree.body
    assert isinstance(documented, ast.Expr)
    assigned = [node for node in rest if not isinstance(node, ast.ImportFrom)]
    assert [ast.unparse(node).split(":")[0] for node in assigned] == ["SERVICE"]


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_service_names_itself_its_ports_and_its_routes(service: Service[World]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", service.name)
    assert service.title
    provided = {provision.port for provision in service.provides}
    assert not provided & set(service.needs)
    for route in (route for router in service.routers for route in router.routes):
        assert not route.path or route.path.startswith("/"), "or the prefix itself"
        assert route.handler.__doc__ or route.handler.__name__


@pytest.mark.parametrize("name", NAMES)
def test_a_service_imports_no_other_service(name: str) -> None:
    for path in (ROOT / name).rglob("*.py"):
        for module in imported(path):
            if module.startswith("reference_server.services."):
                assert module.split(".")[2] == name, (path.name, module)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    ("part", "never"),
    [
        ("model", ("starlette", "reference_server.fhir", "reference_server.world", "sqlite3")),
        ("rules", ("starlette", "sqlite3", "reference_server.kernel.store")),
        ("errors", ("starlette", "reference_server.world", "reference_server.kernel.store")),
        ("fhir", ("starlette", "sqlite3", "reference_server.kernel.store")),
        ("operations", ("starlette", "sqlite3")),
        ("store", ("starlette", "sqlite3")),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_part_does_not_know_what_it_must_not(
    name: str, part: str, never: tuple[str, ...]
) -> None:
    for module in modules(name, part):
        for known in imported(Path(str(module.__file__))):
            assert not known.startswith(never), (module.__name__, known)


@pytest.mark.parametrize("name", NAMES)
def test_only_the_errors_define_refusals_and_their_docstring_draws_the_tree(name: str) -> None:
    drawn = "\n".join(getdoc(module) or "" for module in modules(name, "errors"))
    for part in MODULES:
        for module in modules(name, part):
            for thing in own(module):
                if isclass(thing) and issubclass(thing, Refusal):
                    assert part == "errors", thing
                    family = (thing.__name__, thing.__base__.__name__ if thing.__base__ else "")
                    assert any(re.search(rf"\b{word}\b", drawn) for word in family), thing
                    assert thing.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_cites_its_source_itself_or_in_the_refusal_it_raises(name: str) -> None:
    for module in modules(name, "rules"):
        for thing in own(module):
            if isfunction(thing) and not _SOURCE.search(getdoc(thing) or ""):
                for refusal in refusals_in(module, thing.__name__):
                    assert refusal.requirement, f"{module.__name__}.{thing.__name__}"


def refusals_in(module: ModuleType, function: str) -> Iterator[type[Refusal]]:
    """Give the refusals that a function of a module names."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for inner in ast.walk(node):
                thing = getattr(module, inner.id, None) if isinstance(inner, ast.Name) else None
                if isclass(thing) and issubclass(thing, Refusal) and thing.code:
                    yield thing


@pytest.mark.parametrize("name", NAMES)
def test_time_ids_and_randomness_come_from_the_world(name: str) -> None:
    never = re.compile(r"\b(now|today|utcnow)\((UTC)?\)|\btime\.time\(|\bimport (random|secrets)\b")
    for path in (ROOT / name).rglob("*.py"):
        assert not never.search(path.read_text(encoding="utf-8")), path
        assert not {"random", "secrets", "uuid.uuid4"} & set(imported(path)), path


def test_every_requirement_cited_is_in_the_catalogue() -> None:
    known = {requirement.id for requirement in load_catalogue().requirements}
    for path in ROOT.parent.rglob("*.py"):
        for cited in re.findall(r"\bERX-[A-Z]{3}-\d{3}\b", path.read_text(encoding="utf-8")):
            assert cited in known, (path, cited)


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_numbered_sql_and_texts_are_in_every_language(name: str) -> None:
    for path in (ROOT / name).glob("sql/*"):
        assert re.fullmatch(r"\d{3}_[a-z0-9_]+(\.postgres)?\.sql", path.name)
    if (ROOT / name / "messages").is_dir():
        found = {path.name for path in (ROOT / name / "messages").iterdir()}
        assert found == {f"{language}.yaml" for language in LANGUAGES}


_OF_ONE_DATABASE = re.compile(
    r"\bINSERT\s+OR\s+\w+|\bREPLACE\s+INTO\b|\bAUTOINCREMENT\b|\bIFNULL\s*\("
    r"|\bPRAGMA\b|\bILIKE\b",
)


@pytest.mark.parametrize("name", NAMES)
def test_its_sql_is_for_sqlite_and_postgresql_alike(name: str) -> None:
    for path in (*(ROOT / name).rglob("*.py"), *(ROOT / name).rglob("*.sql")):
        found = _OF_ONE_DATABASE.findall(path.read_text(encoding="utf-8"))
        assert not found, f"{path.name}: {found}; reference_server/kernel/sql.py tells what fits"


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_what_a_service_tells_about_itself_are_whole_tables(service: Service[World]) -> None:
    for table in () if service.describes is None else service.describes():
        assert table.name
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}, table.name
