"""ACME: from the directory to the certificate, and everything that a client can do wrong."""

import json
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, RSAKey

from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.ports import CERTIFICATES, CertificateStanding
from reference_server.services.certificates.operations.provided import authority_of
from reference_server.services.certificates.store import hosts
from reference_server.world import Settings, World
from tests.reference_server.certificates.acme_client import (
    JOSE,
    LABORATORY,
    Account,
    House,
    bound,
    csr,
    encode,
    house,
)
from tests.reference_server.standing import Standing, trail_of

HOST = "labo.localhost"


@pytest.fixture
def open_house() -> Iterator[House]:
    with house() as open_house:
        yield open_house


@pytest.fixture
def world(server: Standing, open_house: House) -> World:
    return server.open(Settings(acme_http_port=open_house.port))


@pytest.fixture
def account(world: World, http: httpx.Client) -> Account:
    account = Account(world, http)
    assert account.open(contact=["mailto:labo@example.lu"]).status_code == 201
    return account


def problem(answer: httpx.Response) -> str:
    """Return the last part of a problem document's type."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["detail"]
    return str(told["type"]).removeprefix("urn:ietf:params:acme:error:")


def test_the_directory_tells_where_everything_is(world: World, http: httpx.Client) -> None:
    told = http.get(f"{world.base_url}/acme/directory").json()
    assert told["meta"]["externalAccountRequired"] is True
    assert set(told) == {
        *("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange", "meta"),
    }
    first, second = http.head(told["newNonce"]), http.get(told["newNonce"])
    assert (first.status_code, second.status_code) == (200, 204)
    assert first.headers["replay-nonce"] != second.headers["replay-nonce"]
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-256"), RSAKey.generate_key(2048)], ids=["ES256", "RS256"]
)
def test_from_an_account_to_a_certificate_and_its_end(
    world: World, http: httpx.Client, open_house: House, key: ECKey | RSAKey
) -> None:
    account = Account(world, http, key=key)
    opened = account.open()
    assert (opened.status_code, opened.json()["status"]) == (201, "valid")
    order = account.proven(open_house, HOST, "api.localhost")
    assert order.json()["status"] == "ready"
    assert open_house.seen == [HOST, "api.localhost"]

    done = account.finalized(order, csr(HOST, "api.localhost"))
    assert done.json()["status"] == "valid"
    chain = account.post(done.json()["certificate"])
    assert chain.headers["content-type"] == "application/pem-certificate-chain"
    leaf, issuer = x509.load_pem_x509_certificates(chain.content)
    leaf.verify_directly_issued_by(issuer)
    assert issuer == authority_of(world).issuing.certificate
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST, "api.localhost"]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=90)

    wish = {"certificate": encode(leaf.public_bytes(Encoding.DER)), "reason": 4}
    assert account.post(f"{account.url}/revoke-cert", wish).status_code == 200
    standing = world.port(CERTIFICATES).standing(ClientCertificate.of(leaf))
    assert standing is CertificateStanding.REVOKED
    assert problem(account.post(f"{account.url}/revoke-cert", wish)) == "alreadyRevoked"
    acts = [each.entry.action for each in trail_of(world) if each.entry.refusal is None]
    assert acts == [
        *("acme-account", "acme-order", "acme-prove", "acme-prove", "acme-finalize", "acme-revoke")
    ]


def test_every_answer_to_a_signed_request_brings_the_next_nonce(account: Account) -> None:
    good = account.post(account.kid or "")
    bad = account.order("not-declared.example.org")
    assert good.headers["replay-nonce"]
    assert problem(bad) == "rejectedIdentifier"
    assert bad.headers["replay-nonce"]
    assert 'rel="index"' in good.headers["link"]


def test_a_nonce_is_good_once(account: Account) -> None:
    nonce = account.nonce()
    url = account.kid or ""
    assert account.post(url, nonce=nonce).status_code == 200
    again = account.post(url, nonce=nonce)
    assert problem(again) == "badNonce"
    assert account.post(url, nonce=again.headers["replay-nonce"]).status_code == 200
    assert problem(account.post(url, nonce="bm90LW91cnM")) == "badNonce"
    assert problem(account.post(url, nonce=None)) == "badNonce"


def test_a_signature_counts_for_its_own_address_only(account: Account) -> None:
    answer = account.post(account.kid or "", url=f"{account.url}/new-order")
    assert (answer.status_code, problem(answer)) == (403, "unauthorized")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384"])
def test_other_algorithms_are_refused(account: Account, algorithm: str) -> None:
    header = account.protected(account.kid or "", alg=algorithm)
    body = {
        "protected": encode(json.dumps(header).encode()),
        "payload": "",
        "signature": encode(b"x" * 64),
    }
    answer = account.http.post(account.kid or "", content=json.dumps(body), headers=JOSE)
    assert problem(answer) == "badSignatureAlgorithm"


def test_another_keys_signature_is_refused(account: Account) -> None:
    other = Account(account.world, account.http, kid=account.kid)
    answer = other.post(account.kid or "")
    assert (answer.status_code, problem(answer)) == (403, "unauthorized")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"protected": "e30", "payload": "", "signature": ""}',
        b'{"protected": "!", "payload": "", "signature": ""}',
        b'{"payload": "", "signatures": []}',
        b'{"protected": "e30", "payload": "", "signature": "", "header": {}}',
    ],
)
def test_what_is_no_jws_is_malformed(account: Account, body: bytes) -> None:
    answer = account.http.post(account.kid or "", content=body, headers=JOSE)
    assert (answer.status_code, problem(answer)) == (400, "malformed")
    assert answer.headers["replay-nonce"]


def test_a_body_of_another_type_is_malformed(account: Account) -> None:
    assert problem(account.http.post(account.kid or "", json={})) == "malformed"


def test_jwk_and_kid_together_are_malformed(account: Account) -> None:
    answer = account.post(account.kid or "", jwk=account.public())
    assert problem(answer) == "malformed"


@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-384"), ECKey.generate_key("secp256k1")], ids=["384", "k1"]
)
def test_a_key_of_another_curve_is_refused(world: World, http: httpx.Client, key: ECKey) -> None:
    body = Account(world, http).signed(
        Account(world, http).protected(
            f"{world.base_url}/acme/new-account", jwk=key.as_dict(private=False)
        ),
        {},
    )
    answer = http.post(f"{world.base_url}/acme/new-account", content=json.dumps(body), headers=JOSE)
    assert problem(answer) == "badPublicKey"


def test_an_account_needs_a_key_of_the_office_that_opened_none_yet(
    world: World, http: httpx.Client
) -> None:
    stranger = Account(world, http)
    url = f"{stranger.url}/new-account"
    assert problem(stranger.post(url, {})) == "externalAccountRequired"
    kid, key = bound(world)
    wrong = stranger.binding(kid, encode(b"another key that nobody gave out"))
    told = stranger.post(url, {"externalAccountBinding": wrong})
    assert problem(told) == "externalAccountRequired"
    elsewhere = stranger.binding(kid, key, url=f"{stranger.url}/new-order")
    told = stranger.post(url, {"externalAccountBinding": elsewhere})
    assert problem(told) == "externalAccountRequired"
    right = {"externalAccountBinding": stranger.binding(kid, key)}
    assert stranger.post(url, right).status_code == 201
    second = Account(world, http)
    told = second.post(url, {"externalAccountBinding": second.binding(kid, key)})
    assert problem(told) == "externalAccountRequired"


def test_an_account_is_found_again_changed_and_closed(account: Account) -> None:
    url, kid = f"{account.url}/new-account", account.kid or ""
    again = Account(account.world, account.http, key=account.key)
    found = again.post(url, {"onlyReturnExisting": True})
    assert (found.status_code, found.headers["location"]) == (200, kid)
    unknown = Account(account.world, account.http).post(url, {"onlyReturnExisting": True})
    assert problem(unknown) == "accountDoesNotExist"
    changed = account.post(kid, {"contact": ["mailto:neu@example.lu"]})
    assert changed.json()["contact"] == ["mailto:neu@example.lu"]
    assert problem(account.post(kid, {"contact": ["tel:+352"]})) == "invalidContact"
    assert account.post(kid, {"status": "deactivated"}).json()["status"] == "deactivated"
    assert problem(account.order(HOST)) == "unauthorized"


@pytest.mark.parametrize(
    "name", ["example.org", "169.254.169.254", "*.localhost", "labo_.localhost", ""]
)
def test_nobody_is_asked_for_a_host_that_is_not_declared(
    account: Account, open_house: House, name: str
) -> None:
    assert problem(account.order(name)) == "rejectedIdentifier"
    assert open_house.seen == []


def test_a_declared_host_is_asked_at_its_declared_address_only(
    account: Account, open_house: House
) -> None:
    name = "srv.labo-nord.example"
    declared = hosts.Host(
        name=name, organization=LABORATORY, address="127.0.0.1", port=open_house.port
    )
    with account.world.store.write() as tx:
        hosts.put(tx, declared)
    assert account.proven(open_house, name).json()["status"] == "ready"
    with account.world.store.write() as tx:
        hosts.put(tx, hosts.Host(name=name, organization="30000099", address="::1", port=1))
    assert problem(account.order(name)) == "rejectedIdentifier"


def test_a_proof_that_fails_says_why_and_spoils_the_order(
    account: Account, open_house: House
) -> None:
    order = account.order(HOST)
    (proof,) = order.json()["authorizations"]
    (challenge,) = account.post(proof).json()["challenges"]
    open_house.answers[challenge["token"]] = "something else"
    failed = account.post(challenge["url"], {}).json()
    assert failed["status"] == "invalid"
    assert failed["error"]["type"].endswith("unauthorized")
    assert account.post(order.headers["location"]).json()["status"] == "invalid"
    told = account.finalized(account.post(order.headers["location"]), csr(HOST))
    assert (told.status_code, problem(told)) == (403, "orderNotReady")


def test_no_redirect_is_followed(account: Account, open_house: House) -> None:
    open_house.redirect = f"http://127.0.0.1:{open_house.port}/elsewhere"
    (proof,) = account.order(HOST).json()["authorizations"]
    (challenge,) = account.post(proof).json()["challenges"]
    assert account.post(challenge["url"], {}).json()["status"] == "invalid"
    assert len(open_house.seen) == 1


@pytest.mark.parametrize(
    "request_for",
    [
        lambda: csr("other.localhost"),
        lambda: csr(HOST, "other.localhost"),
        lambda: b"not a request",
        lambda: csr(HOST, key=ec.generate_private_key(ec.SECP384R1())),
        lambda: csr(HOST, key=rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ],
)
def test_a_request_that_does_not_fit_the_order_is_refused(
    account: Account, open_house: House, request_for: object
) -> None:
    order = account.proven(open_house, HOST)
    assert callable(request_for)
    assert problem(account.finalized(order, request_for())) == "badCSR"
    assert account.finalized(order, csr(HOST)).status_code == 200


def test_the_accounts_own_key_gets_no_certificate(account: Account, open_house: House) -> None:
    order = account.proven(open_house, HOST)
    own = account.key.raw_value
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    assert problem(account.finalized(order, csr(HOST, key=own))) == "badCSR"


def test_other_accounts_see_and_do_nothing(account: Account, open_house: House) -> None:
    order = account.proven(open_house, HOST)
    done = account.finalized(order, csr(HOST))
    other = Account(account.world, account.http)
    other.open()
    for url in (
        order.json()["authorizations"][0],
        order.json()["finalize"].removesuffix("/finalize"),
        done.json()["certificate"],
    ):
        answer = other.post(url)
        assert (answer.status_code, problem(answer)) == (404, "malformed")
    assert problem(other.post(account.kid or "")) == "unauthorized"
    leaf = x509.load_pem_x509_certificates(account.post(done.json()["certificate"]).content)[0]
    wish = {"certificate": encode(leaf.public_bytes(Encoding.DER))}
    assert problem(other.post(f"{other.url}/revoke-cert", wish)) == "unauthorized"


def test_who_has_a_certificates_key_revokes_it_without_an_account(
    account: Account, open_house: House
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    done = account.finalized(account.proven(open_house, HOST), csr(HOST, key=key))
    leaf = x509.load_pem_x509_certificates(account.post(done.json()["certificate"]).content)[0]
    holder = Account(account.world, account.http, key=ECKey.import_key(key_pem(key)))
    wish = {"certificate": encode(leaf.public_bytes(Encoding.DER)), "reason": 1}
    url = f"{account.url}/revoke-cert"
    assert problem(holder.post(url, wish | {"reason": 6})) == "badRevocationReason"
    assert holder.post(url, wish).status_code == 200


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_an_account_changes_its_key_when_both_keys_ask(account: Account) -> None:
    url = f"{account.url}/key-change"
    fresh = Account(account.world, account.http)
    wish = {"account": account.kid, "oldKey": account.public()}
    inner = fresh.signed(fresh.protected(url, nonce=None), wish)
    foreign = fresh.signed(fresh.protected(url, nonce=None), wish | {"oldKey": fresh.public()})
    assert problem(account.post(url, foreign)) == "malformed"
    assert account.post(url, inner).status_code == 200
    assert problem(account.post(account.kid or "")) == "unauthorized"
    fresh.kid = account.kid
    assert fresh.post(account.kid or "").status_code == 200
    other = Account(account.world, account.http)
    other.open()
    taken = fresh.signed(
        fresh.protected(url, nonce=None, kid=None, jwk=fresh.public()),
        {"account": other.kid, "oldKey": other.public()},
    )
    assert (other.post(url, taken).status_code, problem(other.post(url, taken))) == (
        409,
        "malformed",
    )


def test_account_keys_of_the_office_are_sealed_in_the_database(account: Account) -> None:
    _, key = bound(account.world)
    with account.world.store.read() as tx:
        kept = [str(row["sealed_key"]) for row in tx.execute("SELECT * FROM certificates_binding")]
    assert kept
    assert all(key not in each for each in kept)
