"""The secrets of the sandbox's systems and people, in a folder for whoever tries it out."""

import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey

from reference_server.population import Population, token_secret
from reference_server.services.trust.model import PublicKey
from reference_server.world.authority import write_secret


def public_key(key: ECKey) -> PublicKey:
    """Return what is registered of a client's key."""
    public = key.as_dict(private=False)
    return PublicKey(kid=str(key.kid), x=str(public["x"]), y=str(public["y"]))


def client_keys(folder: Path, population: Population) -> dict[str, PublicKey]:
    """Return every system's public key; private ones lie in `folder` as `<client>.jwk.json`.

    A key that is there already is used again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    systems = (name for name, client in population.clients.items() if client.organization)
    return {name: public_key(_key(folder / f"{name}.jwk.json")) for name in systems}


def write_passwords(folder: Path, population: Population) -> None:
    """Write every password of a synthetic person as `<person>.password`; none is changed.

    Beside it lies the seed of the person's test token as `<person>.otpauth`, which any
    authenticator reads.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = {
        name: (person.ehealth_id, person.password)
        for name, person in population.practitioners.items()
    }
    people |= {
        name: (patient.matricule, patient.password)
        for name, patient in population.patients.items()
        if patient.password is not None
    }
    for name, (username, password) in people.items():
        path = folder / f"{name}.password"
        if not path.exists():
            write_secret(path, password.encode("utf-8"))
        write_secret(folder / f"{name}.otpauth", _otpauth(username).encode("ascii"))


def _otpauth(username: str) -> str:
    secret = token_secret(username)
    return f"otpauth://totp/eQualis%20Lab:{username}?secret={secret}&issuer=eQualis%20Lab\n"


def write_der(authority: Path) -> None:
    """Write a PEM authority once more beside itself as `.cer` (DER), as Windows wants it."""
    content = x509.load_pem_x509_certificate(authority.read_bytes()).public_bytes(Encoding.DER)
    write_whole(authority.with_suffix(".cer"), content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that holds this already is left alone."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)


def _key(path: Path) -> ECKey:
    if path.exists():
        return ECKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    key = ECKey.generate_key("P-256", auto_kid=True)
    private = {**key.as_dict(private=True), "use": "sig", "alg": "ES256"}
    write_secret(path, json.dumps(private, indent=2).encode())
    return key
