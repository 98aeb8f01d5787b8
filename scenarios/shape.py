"""Follows a place through the models: what its author wrote, and what may stand there.

pydantic names a place with more than the author wrote: the member of a union by its class or
its tag, and a wrong key by `[key]`. Here these are told from what stands in the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scenarios.document import Place

_KEY = "[key]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Owns one place: as its author wrote it, the fields known around it, what may stand in it.

    `tags` are the words a union is told apart by; `example` is one right value, where the
    model has one.
    """

    place: Place
    siblings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    example: str = ""


def spot(model: type[BaseModel], location: Sequence[str | int]) -> Spot:
    """Return what a model knows of a place that pydantic names."""
    kind: object = model
    place: Place = ()
    siblings: tuple[str, ...] = ()
    for part in location:
        if part == _KEY:
            continue
        member = _member(kind, part)
        if member is not None:
            kind = member
            continue
        siblings = _fields(kind)
        kind = _inside(kind, part)
        place = (*place, part)
    return Spot(place=place, siblings=siblings, tags=tuple(_tags(kind)), example=_example(kind))


def _plain(kind: object) -> object:
    """Return an annotation without what is annotated, and without `| None`."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    members = [one for one in get_args(kind) if one is not type(None)]
    if _is_union(kind) and len(members) == 1:
        return _plain(members[0])
    return kind


def _is_union(kind: object) -> bool:
    return get_origin(kind) in {Union, UnionType}


def _models(kind: object) -> Iterator[type[BaseModel]]:
    """Yield the models an annotation allows."""
    kind = _plain(kind)
    for member in get_args(kind) if _is_union(kind) else (kind,):
        found = _plain(member)
        if isinstance(found, type) and issubclass(found, BaseModel):
            yield found


def _member(kind: object, part: str | int) -> type[BaseModel] | None:
    """Return the member of a union that a part of a location means, None where it is a field."""
    models = list(_models(kind))
    if len(models) < 2:  # noqa: PLR2004  a union has two members or more
        return None
    named = (m for m in models if part == m.__name__ or part in _words(m))
    return next(named, None)


def _words(model: type[BaseModel]) -> tuple[object, ...]:
    """Return the words of a model's `kind`, by which unions are told apart."""
    info = model.model_fields.get("kind")
    fixed = None if info is None else _plain(info.annotation)
    return get_args(fixed) if get_origin(fixed) is Literal else ()


def _tags(kind: object) -> Iterator[str]:
    models = list(_models(kind))
    if len(models) > 1:
        yield from (str(word) for model in models for word in _words(model))


def _fields(kind: object) -> tuple[str, ...]:
    """Return the names that may stand directly in a place."""
    names = {
        info.alias or name for model in _models(kind) for name, info in model.model_fields.items()
    }
    return tuple(sorted(names))


def _inside(kind: object, part: str | int) -> object:
    """Return the annotation of a field or an item; None where the models do not know it."""
    for model in _models(kind):
        for name, info in model.model_fields.items():
            if part in {name, info.alias}:
                return _annotated(info)
    inner = [one for one in get_args(_plain(kind)) if one is not Ellipsis]
    return inner[-1] if inner and not _is_union(_plain(kind)) else None


def _annotated(info: FieldInfo) -> object:
    """Return a field's annotation, its example kept where it has one."""
    kind: Any = info.annotation
    return Annotated[kind, info] if info.examples else kind


def _example(kind: object) -> str:
    """Return the example that an annotation gives."""
    for one in get_args(kind)[1:] if get_origin(kind) is Annotated else ():
        if isinstance(one, FieldInfo) and one.examples:
            return str(one.examples[0])
    return ""
