"""What a sandbox's pages and samples say: addresses, people, the example; writes nothing."""

import shlex
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from reference_server.app.kit.example import CODES, Example
from reference_server.app.kit.folder import Sandbox
from reference_server.population import Population
from reference_server.services.prescriptions.catalogue import bio_presc_codes
from reference_server.services.trust.model import Issuer

PATIENT, PRACTITIONER = "anna-weber", "dr-meyer"
PRESCRIBER_CLIENT, LABORATORY_CLIENT = "prescriber-app", "labo-nord-app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One sandbox as its reader sees it; `folder` is written as the person did."""

    sandbox: Sandbox
    folder: Path
    people: Population
    written: datetime
    trusted_until: date

    @property
    def base(self) -> str:
        """The World's address."""
        return self.sandbox.base_url

    @property
    def fhir(self) -> str:
        """The FHIR API, which is also the audience of tokens."""
        return f"{self.base}/fhir"

    @property
    def issuer(self) -> Issuer:
        """The identity provider."""
        return Issuer(base_url=self.base)

    @property
    def place(self) -> str:
        """The folder, with slashes."""
        return self.folder.as_posix()

    def typed(self, *words: str) -> str:
        """Return a command as it is typed; `{}` in a word stands for the folder."""
        return shlex.join(word.replace("{}", self.place) for word in words)

    @property
    def serve(self) -> str:
        """The command that serves this sandbox."""
        return self.typed("./equalis", "serve", "--sandbox", "{}")

    @property
    def renew(self) -> str:
        """The command that writes this sandbox again."""
        return self.typed("./equalis", "sandbox", "{}")

    @property
    def example(self) -> Example:
        """The example prescription, written now."""
        known = bio_presc_codes()
        return Example(
            patient=self.people.patients[PATIENT],
            practitioner=self.people.practitioners[PRACTITIONER],
            lines={code: known[code].name for code in CODES},
            written=self.written,
        )

    def for_samples(self) -> dict[str, object]:
        """Return what the samples' templates name."""
        example = self.example
        return {
            "base_url": self.base,
            "folder": self.place,
            "serve_command": self.serve,
            "client_id": PRESCRIBER_CLIENT,
            "laboratory_client": LABORATORY_CLIENT,
            "practitioner_id": PRACTITIONER,
            "practitioner": example.practitioner,
            "patient": example.patient,
            "codes": ", ".join(f'"{code}"' for code in example.lines),
        }
