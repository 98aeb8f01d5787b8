"""National OIDs, canonical URLs and forms of identifiers; knows no resource and no person.

OIDs come from public artefacts of the national arc `1.3.182`; the canonical base is the one
the agency publishes. Everything under it that is named here without an OID is *assumed*.
"""

import re

CANONICAL = "https://www.esante.lu/fhir-spec"

MATRICULE = "urn:oid:1.3.182.4.4"
EHEALTH_ID = "urn:oid:1.3.182.4.1"
CNS_PROVIDER_CODE = "urn:oid:1.3.182.4.6"
DSP_PATIENT_ID = "urn:oid:1.3.182.2.4.2"
PROFESSIONS = "urn:oid:1.3.182.5.2"

PRESCRIPTION_NUMBER = f"{CANONICAL}/NamingSystem/prescription-number"
BIO_PRESC_CODES = f"{CANONICAL}/CodeSystem/BioPrescCodes"
ERX_REFUSAL = f"{CANONICAL}/CodeSystem/erx-refusal"
ERX_BUSINESS_STATUS = f"{CANONICAL}/CodeSystem/erx-business-status"
ERX_CANCEL_REASON = f"{CANONICAL}/CodeSystem/erx-cancel-reason"
ERX_TASK_INPUT = f"{CANONICAL}/CodeSystem/erx-task-input"
ERX_TASK_OUTPUT = f"{CANONICAL}/CodeSystem/erx-task-output"
ERX_REQUIREMENT = f"{CANONICAL}/CodeSystem/erx-requirement"

LOINC = "http://loinc.org"
LOINC_PRESCRIPTION_FOR_DIAGNOSTIC = "57832-8"
URI_SYSTEM = "urn:ietf:rfc:3986"

_EHEALTH_ID = re.compile(r"[0-9]{10}")
_CNS_CODE = re.compile(r"[1-9][0-9]{7}")
_UUID_URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_ehealth_id(value: str) -> bool:
    """Tell whether a value has the form of a professional's eHealthID: 10 digits."""
    return bool(_EHEALTH_ID.fullmatch(value))


def is_cns_provider_code(value: str) -> bool:
    """Tell whether a value has the form of a CNS provider code: 10000000 to 99999999."""
    return bool(_CNS_CODE.fullmatch(value))


def display_cns_provider_code(value: str) -> str:
    """Return a provider code as people read it: `123456-78`."""
    return f"{value[:6]}-{value[6:]}"


def is_uuid_urn(value: str) -> bool:
    """Tell whether a value is `urn:uuid:` and a lower-case UUID."""
    return bool(_UUID_URN.fullmatch(value))
