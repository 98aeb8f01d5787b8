"""The JSON Schema of subject files, made from the models, so that editors complete them."""

import json
from typing import Final

from test_suites.core.message import JsonValue
from test_suites.subjects.model import Subject

FILE: Final = "subject.schema.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TITLE: Final = "Subject file of eQualis Lab"


def subject_schema() -> dict[str, JsonValue]:
    """Return the schema."""
    return {"$schema": DIALECT, **Subject.model_json_schema(), "title": TITLE}


def schema_text() -> str:
    """Return the schema as it is published."""
    return json.dumps(subject_schema(), ensure_ascii=False, indent=2) + "\n"
