"""The example prescription: one page as PDF, and the Bundle that carries it; sends nothing."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from reference_server.national.identifiers import (
    BIO_PRESC_CODES,
    CNS_PROVIDER_CODE,
    EHEALTH_ID,
    LOINC,
    MATRICULE,
)
from reference_server.population import Patient, Practitioner

CODES = ("BIO-0101", "BIO-0201")
_URI = "urn:ietf:rfc:3986"
_NAMES = UUID("5f0e7c2a-4f43-4a3e-9d0e-3f6b2a1c7d84")
_PAGE_WIDTH, _PAGE_HEIGHT = 595, 842
_LEFT, _TOP, _LEADING = 60, 640, 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Who prescribes what to whom, and when."""

    patient: Patient
    practitioner: Practitioner
    lines: Mapping[str, str]
    written: datetime

    @property
    def page(self) -> bytes:
        """The printed page; its upper right corner is free for the QR code."""
        doctor, patient = self.practitioner, self.patient
        return one_page(
            "Ordonnance de biologie médicale",
            f"{doctor.given} {doctor.family}, code CNS {doctor.cns_code}",
            f"{patient.given} {patient.family}, matricule {patient.matricule}",
            *(f"{code}  {name}" for code, name in self.lines.items()),
            "Personne fictive : système de test.",
        )

    @property
    def bundle(self) -> dict[str, object]:
        """The document Bundle as `$submit-prescription` takes it."""
        urns = {name: self._urn(name) for name in ("bundle", "order", "patient", "doctor", "page")}
        return {
            "resourceType": "Bundle",
            "identifier": {"system": _URI, "value": urns["bundle"]},
            "type": "document",
            "timestamp": self._instant,
            "entry": [
                {"fullUrl": urn, "resource": resource} for urn, resource in self._resources(urns)
            ],
        }

    @property
    def _instant(self) -> str:
        return self.written.isoformat(timespec="milliseconds")

    def _urn(self, name: str) -> str:
        return uuid5(_NAMES, f"{self._instant} {name}").urn

    def _resources(self, urns: Mapping[str, str]) -> Iterator[tuple[str, dict[str, object]]]:
        lines = {self._urn(code): code for code in self.lines}
        yield self._urn("composition"), self._composition(urns, tuple(lines))
        yield urns["patient"], _patient(self.patient)
        yield urns["doctor"], _practitioner(self.practitioner)
        for urn, code in lines.items():
            yield urn, self._line(code, urns)
        page = base64.b64encode(self.page).decode()
        yield (
            urns["page"],
            {
                "resourceType": "Binary",
                "contentType": "application/pdf",
                "data": page,
            },
        )

    def _composition(self, urns: Mapping[str, str], lines: tuple[str, ...]) -> dict[str, object]:
        return {
            "resourceType": "Composition",
            "status": "final",
            "type": {"coding": [{"system": LOINC, "code": "57832-8"}]},
            "subject": {"reference": urns["patient"]},
            "date": self._instant,
            "author": [{"reference": urns["doctor"]}],
            "title": "Ordonnance de biologie médicale",
            "section": [
                {"code": {"text": "lines"}, "entry": [{"reference": urn} for urn in lines]},
                {"code": {"text": "document"}, "entry": [{"reference": urns["page"]}]},
            ],
        }

    def _line(self, code: str, urns: Mapping[str, str]) -> dict[str, object]:
        analysis = {"system": BIO_PRESC_CODES, "code": code, "display": self.lines[code]}
        return {
            "resourceType": "ServiceRequest",
            "identifier": [{"system": _URI, "value": self._urn(f"line {code}")}],
            "requisition": {"system": _URI, "value": urns["order"]},
            "status": "active",
            "intent": "order",
            "code": {"coding": [analysis]},
            "subject": {"reference": urns["patient"]},
            "authoredOn": self._instant,
            "requester": {"reference": urns["doctor"]},
        }


def _patient(person: Patient) -> dict[str, object]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": MATRICULE, "value": person.matricule}],
        "name": [{"family": person.family, "given": [person.given]}],
        "gender": person.gender,
        "birthDate": person.birth_date.isoformat(),
    }


def _practitioner(person: Practitioner) -> dict[str, object]:
    return {
        "resourceType": "Practitioner",
        "identifier": [
            {"system": EHEALTH_ID, "value": person.ehealth_id},
            {"system": CNS_PROVIDER_CODE, "value": person.cns_code},
        ],
        "name": [{"family": person.family, "given": [person.given]}],
    }


def one_page(*lines: str) -> bytes:
    """Return a PDF of one A4 page with lines of text in the lower two thirds."""
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    text = f"BT /F1 12 Tf {_LEADING} TL {_LEFT} {_TOP} Td\n{shown}ET\n".encode("cp1252")
    size = f"0 0 {_PAGE_WIDTH} {_PAGE_HEIGHT}"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{size}] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%bendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    written, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\n" % count
    return b"%bxref\n0 %d\n0000000000 65535 f \n%b%bstartxref\n%d\n%%%%EOF\n" % (
        written,
        count,
        table,
        trailer,
        len(written),
    )


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
