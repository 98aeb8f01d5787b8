"""What an admission counter does, whichever interface it speaks; knows neither HL7 v2 nor FHIR."""

from typing import Protocol

from test_suites.vendors.establishment import wishes
from test_suites.vendors.kit.desk import Desk, JsonObject
from test_suites.vendors.kit.product import Reply

DONE = "Transmis à l'index national."
UNDONE = "L'index national n'a pas répondu : le message n'est pas confirmé."
REFUSED = "L'index national a refusé : {why}"
NOBODY = "Aucun patient trouvé."
NOT_OFFERED = "Cette interface ne le permet pas."


class Counter(Protocol):
    """One session's desk."""

    def close(self) -> None:
        """Let go of connections."""

    def register(self, wish: wishes.Register, desk: Desk) -> JsonObject:
        """Tell the index of a patient."""

    def update(self, wish: wishes.Register, desk: Desk) -> JsonObject:
        """Tell the index of changed traits."""

    def merge(self, wish: wishes.Merge, desk: Desk) -> JsonObject:
        """Tell the index that two local numbers are one patient's."""

    def remove(self, wish: wishes.Remove, desk: Desk) -> JsonObject:
        """Tell the index that a patient is no longer one of the establishment's."""

    def renumber(self, wish: wishes.Merge, desk: Desk) -> JsonObject:
        """Tell the index of a new local number."""

    def link(self, wish: wishes.Associate, desk: Desk) -> JsonObject:
        """Tell the index that two records are one person's."""

    def unlink(self, wish: wishes.Associate, desk: Desk) -> JsonObject:
        """Tell the index that two records are not one person's."""

    def cross(self, wish: wishes.Cross, desk: Desk) -> JsonObject:
        """Show which numbers a patient has elsewhere."""

    def find(self, wish: wishes.Find, desk: Desk) -> JsonObject:
        """Show who it may be."""

    def match(self, wish: wishes.Match, desk: Desk) -> JsonObject:
        """Show who it is, and apart from it who it only may be."""

    def follow(self, wish: wishes.Follow, desk: Desk) -> JsonObject:
        """Ask the index to be told what becomes of patients."""

    def known_as(self, wish: wishes.Known, desk: Desk) -> JsonObject:
        """Show the patient of a number, as far as the product heard; ask nobody."""

    def take(self, message: bytes) -> Reply:
        """Take what the index tells of patients."""


def not_offered(desk: Desk) -> JsonObject:
    """Tell the person that the interface has no such thing."""
    desk.alarm(NOT_OFFERED)
    return {}


def show(lines: tuple[str, ...], desk: Desk) -> None:
    """Show everybody, or that there is nobody."""
    for each in lines:
        desk.inform(each)
    if not lines:
        desk.inform(NOBODY)
