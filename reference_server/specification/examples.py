"""Makes examples of variations: a base, what is put in, what is taken out; judges none.

A place is a way of names and indices: `entry[2].resource.identifier[0].system`. Putting in at an
index just behind a list's last makes the list longer.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.specification.model import (
    Breach,
    Example,
    Resource,
    SpecificationBrokenError,
)

_STEP: Final = re.compile(r"([A-Za-z_]+)((?:\[\d+\])*)")


def read_examples(
    told: Mapping[str, Any], bases: Mapping[str, Any], urls: Mapping[str, str]
) -> Iterator[Example]:
    """Yield the examples of one source; raises SpecificationBrokenError."""
    about = told["of"]
    profile = urls[told.get("within", about)]
    for each in (*told["valid"], *told["invalid"]):
        resource = _varied(bases[each.get("base", told["base"])], each, bases)
        yield Example(
            id=each["id"],
            about=about,
            profile=profile,
            resource=_named(resource, each["id"], profile),
            breaks=Breach(**each["breaks"]) if "breaks" in each else None,
        )


def _named(resource: Resource, own: str, profile: str) -> Resource:
    """Return an example that says its id and which profile it is for."""
    meta = {**resource.get("meta", {}), "profile": [profile]}
    kind = resource["resourceType"]
    rest = {k: v for k, v in resource.items() if k not in {"resourceType", "meta"}}
    return {"resourceType": kind, "id": own, "meta": meta, **rest}


def _varied(base: Any, told: Mapping[str, Any], bases: Mapping[str, Any]) -> Resource:  # noqa: ANN401  YAML
    resource: Resource = _used(copy.deepcopy(base), bases)
    for place, value in told.get("put", {}).items():
        _put(resource, _steps(place), _used(copy.deepcopy(value), bases))
    for place in told.get("drop", ()):
        _drop(resource, _steps(place))
    return resource


def _used(value: Any, bases: Mapping[str, Any]) -> Any:  # noqa: ANN401  YAML
    """Return a tree in which `{use: name}` is the base of that name."""
    if isinstance(value, dict):
        if value.keys() == {"use"}:
            return _used(copy.deepcopy(bases[value["use"]]), bases)
        return {key: _used(held, bases) for key, held in value.items()}
    return [_used(each, bases) for each in value] if isinstance(value, list) else value


def _steps(place: str) -> list[str | int]:
    steps: list[str | int] = []
    for part in place.split("."):
        found = _STEP.fullmatch(part)
        if found is None:
            raise SpecificationBrokenError(f"{place}: no place in a resource")
        steps.append(found[1])
        steps += [int(index) for index in re.findall(r"\d+", found[2])]
    return steps


def _reach(resource: Any, steps: list[str | int]) -> Any:  # noqa: ANN401  YAML
    found = resource
    for step in steps:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError) as error:
            raise SpecificationBrokenError(f"{steps}: nothing there in the base") from error
    return found


def _put(resource: Resource, steps: list[str | int], value: Any) -> None:  # noqa: ANN401  YAML
    holder = _reach(resource, steps[:-1])
    last = steps[-1]
    if isinstance(holder, list) and last == len(holder):
        holder.append(value)
    else:
        holder[last] = value


def _drop(resource: Resource, steps: list[str | int]) -> None:
    _reach(resource, steps)
    del _reach(resource, steps[:-1])[steps[-1]]
