"""Where a certificate says that its state is found, it is found without TLS; nothing else is."""

from pathlib import Path

import httpx
import pytest
from cryptography import x509

from tests.reference_server.app.process import served
from tests.reference_server.standing import refusal_codes


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_lists_and_issuers_are_told_without_tls_at_the_address_in_the_certificates(
    tmp_path: Path, workers: str
) -> None:
    asked = ("--environment", "mine", "--http-port", "0", "--workers", workers)
    with served(tmp_path, *asked) as running, httpx.Client(verify=running.trust()) as http:
        issuing = http.get(f"{running.told['origin']}/mine/pki/issuing.cer").content
        made = x509.load_der_x509_certificate(issuing)
        points = made.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        (place,) = points[0].full_name or []
        url = str(place.value)
        assert url.startswith("http://")
        listed = x509.load_der_x509_crl(http.get(url).content)
        assert listed.issuer == made.issuer
        plain = url.partition("/mine/")[0]
        refused = http.get(f"{plain}/mine/fhir/metadata")
        assert refusal_codes(refused) == ["operation-unknown"]
