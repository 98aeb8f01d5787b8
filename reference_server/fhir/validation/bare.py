"""Which rules of a profile only repeat the types of R4: the walk by types has seen to these."""

from collections.abc import Callable

from reference_server.fhir.r4.model import BASE
from reference_server.fhir.validation.rules import Profile, Rule

Find = Callable[[str], Profile | None]


def mark(profile: Profile, find: Find) -> None:
    """Mark the rules of a constraining profile that say nothing of their own, and hold nothing."""
    base = find(BASE + profile.type) if profile.derivation == "constraint" else None
    if base is not None:
        _mark(profile.root, base.root, base, find)


def _mark(rule: Rule, base: Rule | None, of: Profile, find: Find) -> bool:
    below = [_mark_child(child, base, of, find) for child in rule.children.values()]
    for each in rule.slices:
        _mark(each, base, of, find)
    rule.bare = base is not None and all(below) and not rule.slices and _alike(rule, base)
    return rule.bare


def _mark_child(child: Rule, parent: Rule | None, of: Profile, find: Find) -> bool:
    """Mark a rule by what the types say at its place: of their own elements, or of another type."""
    if parent is None:
        return _mark(child, None, of, find)
    if parent.content is not None:
        parent = of.by_id.get(parent.content, parent)
    if not parent.children:
        codes = {each.code for each in parent.types}
        found = find(BASE + next(iter(codes))) if len(codes) == 1 else None
        parent, of = (None, of) if found is None else (found.root, found)
    base = None if parent is None else parent.children.get(child.name)
    return _mark(child, base, of, find)


def _alike(rule: Rule, base: Rule) -> bool:
    """Tell whether a rule says nothing that the base does not."""
    own = {(each.key, each.expression) for each in rule.invariants}
    return (
        rule.plain
        and (rule.min, rule.max) == (base.min, base.max)
        and (rule.types, rule.binding, rule.slicing, rule.content)
        == (base.types, base.binding, base.slicing, base.content)
        and own <= {(each.key, each.expression) for each in base.invariants}
    )
