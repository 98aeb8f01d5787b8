"""Writes and reads report.json in its one canonical form, and its published schema."""

import hashlib
import json
from importlib import resources
from pathlib import Path

from pydantic import BaseModel

from reports.render.model import FindingPart, Report

REPORT_JSON = "report.json"
SCHEMA_FILE = "report.schema.json"
SCHEMA_ID = "urn:equalis-lab:schema:report:1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def to_json(report: BaseModel) -> bytes:
    """Return the bytes of report.json: keys as declared, two spaces, one newline at the end."""
    content = report.model_dump(mode="json")
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def from_json(content: bytes) -> Report:
    """Read a report; raises pydantic's ValidationError when it is not one."""
    return Report.model_validate_json(content)


def read_report(folder: Path) -> Report:
    """Read the report.json of a run folder."""
    return from_json((folder / REPORT_JSON).read_bytes())


def findings_digest(findings: tuple[FindingPart, ...]) -> str:
    """Return the sha256 of the findings alone, in canonical form."""
    parts = [finding.model_dump(mode="json") for finding in findings]
    content = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def make_schema() -> bytes:
    """Return the JSON Schema that the model describes, as published beside it."""
    schema = Report.model_json_schema(mode="serialization")
    content = {"$schema": DIALECT, "$id": SCHEMA_ID, **schema}
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def published_schema() -> bytes:
    """Return the committed JSON Schema of report.json."""
    return (resources.files("reports.render") / SCHEMA_FILE).read_bytes()
