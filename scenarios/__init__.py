"""What must hold, and which conversations show it: data with a thin typed reader."""

from scenarios.catalogue import Catalogue, load_catalogue
from scenarios.errors import DeclarationError

__all__ = ["Catalogue", "DeclarationError", "load_catalogue"]
