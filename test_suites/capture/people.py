"""Hides the matricules of people who are not declared personas; knows no message."""

from reference_server.national.strangers import HIDDEN, Hidden, hide, numbers_in

__all__ = ["HIDDEN", "Hidden", "hide_strangers", "numbers_in"]


def hide_strangers(content: bytes, personas: frozenset[bytes]) -> Hidden:
    """Return the content with strangers' numbers hidden."""
    return hide(content, may_stay=personas.__contains__)
