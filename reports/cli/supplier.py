"""The command supplier: signs what a supplier answers for its customers; asks nobody."""

import json
import os
from argparse import Namespace
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from reports.cesar.banks import load_instrument
from reports.cesar.supplied import AnswerSet, signed
from reports.cli.console import Console
from reports.cli.speech import InputError
from scenarios.reader import read_model

OWNER_ONLY: Final = 0o600


def execute(name: str, arguments: Namespace) -> int:
    """Sign a set of answers; a key that is not there is made, and its public half written; 0."""
    del name
    console, file = Console.of(arguments), arguments.file
    answers = read_model(file, model=AnswerSet, name=file.name)
    instrument = load_instrument("professional")
    known = {one.id for one in instrument.questions()}
    unknown = sorted(set(answers.answers) - known)
    if answers.version != instrument.version or unknown:
        detail = ", ".join(unknown) or answers.version
        raise InputError("cli.wrong.supplier-version", where=str(file), detail=detail)
    key = _key(arguments.key, answers.supplier)
    out = arguments.out or file.with_suffix(".jws")
    out.write_text(signed(answers, key) + "\n", encoding="ascii")
    public = _public(arguments.key)
    console.result({"signed": str(out), "public": str(public), "id": answers.id})
    console.tell("cli.supplier.told", file=out, public=public)
    return 0


def _key(file: Path, supplier: str) -> ECKey:
    """Return the key of a file, made where there is none."""
    if not file.exists():
        key = ECKey.generate_key("P-256")
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(key.as_pem(private=True))
        told = {**key.as_dict(private=False), "kid": key.thumbprint(), "supplier": supplier}
        _public(file).write_text(json.dumps({"keys": [told]}, indent=1) + "\n", encoding="utf-8")
        return key
    try:
        return ECKey.import_key(file.read_bytes())
    except (JoseError, ValueError):
        raise InputError("cli.wrong.supplier-key", where=str(file)) from None


def _public(file: Path) -> Path:
    return file.with_suffix(".public.json")
