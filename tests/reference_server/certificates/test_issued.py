"""What the authority signs is what the dossier says, and what linters and OpenSSL accept."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_server.app import WorldRegistry
from reference_server.app.worlds import key_file, settings_of
from reference_server.ports import CERTIFICATES, CertificateOrder
from reference_server.services.certificates.operations.provided import authority_of
from reference_server.world import VaultError, World
from tests.reference_server.certificates.openssl import files_of, needs_openssl, openssl, written

DOCTOR = CertificateOrder(
    family="personal",
    common_name="Claire Hoffmann",
    ehealth_id="2000000015",
    profession="PS-001",
)
SIGNER = CertificateOrder(
    family="signature",
    common_name="Claire Hoffmann",
    ehealth_id="2000000015",
    profession="PS-001",
)
HOST = CertificateOrder(
    family="server",
    organization="Laboratoire du Nord",
    names=("labo.example.lu", "api.labo.example.lu", "127.0.0.1"),
)
FAMILIES = {"personal": DOCTOR, "signature": SIGNER, "server": HOST}
# What a linter of public web certificates would want and a national profession's does not have.
_NOT_OURS: frozenset[str] = frozenset()


def issued(world: World, order: CertificateOrder) -> x509.Certificate:
    made = world.port(CERTIFICATES).issue_as_ordered(order)
    return x509.load_pem_x509_certificates(made.chain)[0]


def test_a_personal_certificate_names_its_holder_as_the_agency_does(world: World) -> None:
    made = issued(world, DOCTOR)
    told = [(each.oid, each.value) for each in made.subject]
    assert told == [
        (NameOID.COUNTRY_NAME, "LU"),
        (NameOID.TITLE, "PS-001"),
        (NameOID.SERIAL_NUMBER, "2000000015"),
        (NameOID.COMMON_NAME, "Claire Hoffmann"),
    ]
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(days=730, seconds=-1)
    assert "O=Agence eSante" in made.issuer.rfc4514_string()


@pytest.mark.parametrize(
    ("family", "usages", "purposes"),
    [
        ("personal", {"digital_signature"}, {ExtendedKeyUsageOID.CLIENT_AUTH}),
        (
            "server",
            {"digital_signature"},
            {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH},
        ),
        ("signature", {"content_commitment"}, {x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")}),
    ],
)
def test_each_family_is_good_for_its_own_purpose_only(
    world: World, family: str, usages: set[str], purposes: set[x509.ObjectIdentifier]
) -> None:
    made = issued(world, FAMILIES[family])
    usage = made.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    named = {name.removeprefix("_") for name, on in vars_of(usage.value).items() if on}
    assert named == usages
    extended = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(extended) == purposes
    policies = made.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert len(policies) == 1


def vars_of(usage: x509.KeyUsage) -> dict[str, bool]:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign"),
    )
    return {name: getattr(usage, name) for name in names}


def test_a_certificate_says_where_its_state_is_found(world: World) -> None:
    made = issued(world, DOCTOR)
    points = made.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    places = points[0].full_name or []
    assert [place.value for place in places] == [f"{world.base_url}/pki/issuing.crl"]
    access = made.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    found = {each.access_location.value for each in access}
    assert found == {f"{world.base_url}/pki/ocsp", f"{world.base_url}/pki/issuing.cer"}


def test_each_environment_has_an_authority_of_its_own(world: World) -> None:
    registry = WorldRegistry(origin="https://127.0.0.1")
    try:
        other = registry.open("elsewhere")
        made = issued(other, DOCTOR)
        with pytest.raises(ValueError, match=r"(?i)issuer|signature"):
            made.verify_directly_issued_by(authority_of(world).issuing.certificate)
    finally:
        registry.close_all()


def test_a_named_environment_signs_with_rsa_made_once_and_kept(tmp_path: Path) -> None:
    database = tmp_path / "integration.db"
    seen: list[x509.Certificate] = []
    for _ in range(2):
        registry = WorldRegistry(origin="https://127.0.0.1")
        try:
            settings = settings_of("integration")
            world = registry.open("integration", database=database, settings=settings)
            authority = authority_of(world)
            seen.append(authority.issuing.certificate)
        finally:
            registry.close_all()
    key = seen[0].public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 4096
    assert seen[0] == seen[1]
    assert seen[0].subject.rfc4514_string() == (
        "CN=AeS-I-CA-Test1,OU=Specimen,O=Agence eSante,C=LU"
    )


def test_a_throw_away_world_signs_on_p_256(world: World) -> None:
    key = authority_of(world).root.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)


def test_the_database_alone_does_not_give_the_authoritys_keys(tmp_path: Path) -> None:
    database = tmp_path / "w.db"
    registry = WorldRegistry(origin="https://127.0.0.1")
    world = registry.open("w", database=database)
    made = authority_of(world).issuing
    registry.close_all()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("w.db*") if path.suffix != ".key")
    assert isinstance(made.key, ec.EllipticCurvePrivateKey)
    assert made.key.private_numbers().private_value.to_bytes(32, "big") not in raw
    plain = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert plain.splitlines()[1] not in raw
    assert made.certificate.public_bytes(Encoding.PEM) in raw
    assert key_file(database).stat().st_mode & 0o777 == 0o600
    key_file(database).unlink()
    registry = WorldRegistry(origin="https://127.0.0.1")
    try:
        with pytest.raises(VaultError, match="not there"):
            _ = authority_of(registry.open("w", database=database)).issuing
    finally:
        registry.close_all()


@needs_openssl
@pytest.mark.parametrize(
    ("family", "purpose"), [("personal", "sslclient"), ("server", "sslserver"), ("server", "any")]
)
def test_openssl_builds_and_checks_the_chain_with_both_lists(
    world: World, http: httpx.Client, tmp_path: Path, *, family: str, purpose: str
) -> None:
    made = issued(world, FAMILIES[family])
    leaf = written(tmp_path, "leaf.pem", made.public_bytes(Encoding.PEM))
    found = files_of(world, http, tmp_path)
    told = openssl(
        *("verify", "-x509_strict", "-crl_check_all", "-CRLfile", found["crls"]),
        *("-purpose", purpose, "-CAfile", found["root"], "-untrusted", found["issuing"], leaf),
    )
    assert "OK" in told


@needs_openssl
def test_openssl_refuses_a_family_for_anothers_purpose(
    world: World, http: httpx.Client, tmp_path: Path
) -> None:
    leaf = written(tmp_path, "leaf.pem", issued(world, DOCTOR).public_bytes(Encoding.PEM))
    found = files_of(world, http, tmp_path)
    chain = ("-CAfile", found["root"], "-untrusted", found["issuing"], leaf)
    told = openssl("verify", "-purpose", "sslserver", *chain, fails=True)
    assert "purpose" in told


def lint(tool: str, *arguments: Path | str) -> list[str]:
    """Return what a linter of pkilint says, from NOTICE up."""
    done = subprocess.run(
        [Path(sys.executable).with_name(tool), "lint", *arguments, "-s", "NOTICE", "-f", "JSON"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    return [
        f"{finding['severity']} {finding['code']} {result['node_path']}"
        for result in told["results"]
        for finding in result["finding_descriptions"]
        if finding["code"] not in _NOT_OURS
    ]


@pytest.mark.slow
def test_pkilint_finds_nothing_on_any_certificate_and_list(
    world: World, http: httpx.Client, tmp_path: Path
) -> None:
    found = files_of(world, http, tmp_path)
    made = {name: issued(world, order) for name, order in FAMILIES.items()}
    made["responder"] = authority_of(world).responder.certificate
    leaves = [
        written(tmp_path, f"{name}.pem", each.public_bytes(Encoding.PEM))
        for name, each in made.items()
    ]
    for file in (*leaves, found["root"], found["issuing"]):
        assert lint("lint_pkix_cert", file) == [], file.name
    for file in (*leaves, found["issuing"]):
        issuer = found["root"] if file == found["issuing"] else found["issuing"]
        assert lint("lint_pkix_signer_signee_cert_chain", issuer, file) == [], file.name
