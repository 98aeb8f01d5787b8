"""Forms of national identifiers."""

from reference_server.national.identifiers import (
    display_cns_provider_code,
    is_cns_provider_code,
    is_ehealth_id,
    is_uuid_urn,
)


def test_an_ehealth_id_has_ten_digits() -> None:
    assert is_ehealth_id("9100000017")
    assert not is_ehealth_id("910000001")
    assert not is_ehealth_id("910000001a")


def test_a_provider_code_has_eight_digits_and_no_leading_zero() -> None:
    assert is_cns_provider_code("90100112")
    assert not is_cns_provider_code("00100112")
    assert display_cns_provider_code("90100112") == "901001-12"


def test_a_uuid_urn_is_written_in_lower_case() -> None:
    assert is_uuid_urn("urn:uuid:0f3a9c1e-0000-4000-8000-000000000000")
    assert not is_uuid_urn("urn:uuid:0F3A9C1E-0000-4000-8000-000000000000")
    assert not is_uuid_urn("0f3a9c1e-0000-4000-8000-000000000000")
