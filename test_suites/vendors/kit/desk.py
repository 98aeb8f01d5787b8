"""What the person at the desk sees and holds: sentences on the screen, sheets from the printer."""

import base64
from dataclasses import dataclass, field
from enum import StrEnum

JsonObject = dict[str, object]


class Level(StrEnum):
    """How a sentence on the screen is marked."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence shown to the person."""

    level: Level
    text: str

    def as_json(self) -> JsonObject:
        """Return it in the driver contract's shape."""
        return {"level": self.level.value, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One document that left the printer."""

    name: str
    media_type: str
    content: bytes

    def as_json(self) -> JsonObject:
        """Return it in the driver contract's shape."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "content_base64": base64.b64encode(self.content).decode("ascii"),
        }


@dataclass(frozen=True, slots=True)
class Desk:
    """Owns what one act showed and printed."""

    shown: list[Sentence] = field(default_factory=list)
    printed: list[Sheet] = field(default_factory=list)

    def inform(self, text: str) -> None:
        """Show that something went as wished."""
        self.shown.append(Sentence(level=Level.INFO, text=text))

    def warn(self, text: str) -> None:
        """Show something the person should look at."""
        self.shown.append(Sentence(level=Level.WARNING, text=text))

    def alarm(self, text: str) -> None:
        """Show that what was wished did not happen."""
        self.shown.append(Sentence(level=Level.ERROR, text=text))

    def print_pdf(self, name: str, content: bytes) -> None:
        """Send a PDF to the printer, byte by byte as given."""
        self.printed.append(Sheet(name=name, media_type="application/pdf", content=content))
