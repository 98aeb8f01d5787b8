"""Why the certificate authority says no.

Refusal
├── CertificateRefusal
│   ├── RequestUnreadable 400      ├── RequestSignatureWrong 422   ├── RequestKeyWeak 422
│   ├── RequestNamesOther 422      ├── ApplicationUnknown 404      ├── ApplicationStateWrong 409
│   ├── ApplicationFaulty 422      ├── HolderUnknown 422           ├── HostNotDeclared 422
│   ├── FourEyes 403               ├── NotYours 404                ├── CertificateUnknown 404
│   ├── CertificateStateWrong 409  └── StatusUnavailable 503
└── AcmeRefusal                    a problem document (RFC 8555 §6.7)
    ├── AcmeMalformed 400          ├── AcmeBadNonce 400            ├── AcmeBadSignatureAlgorithm 400
    ├── AcmeBadPublicKey 400       ├── AcmeUnauthorized 403        ├── AcmeAccountDoesNotExist 400
    ├── AcmeAccountRequired 403    ├── AcmeInvalidContact 400      ├── AcmeRejectedIdentifier 400
    ├── AcmeBadCsr 400             ├── AcmeOrderNotReady 403       ├── AcmeAlreadyRevoked 400
    ├── AcmeBadRevocationReason 400  ├── AcmeNotFound 404          └── AcmeKeyTaken 409
"""

from reference_server.services.certificates.errors.acme import (
    AcmeAccountDoesNotExist,
    AcmeAccountRequired,
    AcmeAlreadyRevoked,
    AcmeBadCsr,
    AcmeBadNonce,
    AcmeBadPublicKey,
    AcmeBadRevocationReason,
    AcmeBadSignatureAlgorithm,
    AcmeInvalidContact,
    AcmeKeyTaken,
    AcmeMalformed,
    AcmeNotFound,
    AcmeOrderNotReady,
    AcmeRefusal,
    AcmeRejectedIdentifier,
    AcmeUnauthorized,
)
from reference_server.services.certificates.errors.office import (
    ApplicationFaulty,
    ApplicationStateWrong,
    ApplicationUnknown,
    CertificateRefusal,
    CertificateStateWrong,
    CertificateUnknown,
    FourEyes,
    HolderUnknown,
    HostNotDeclared,
    NotYours,
    RequestKeyWeak,
    RequestNamesOther,
    RequestSignatureWrong,
    RequestUnreadable,
    StatusUnavailable,
)

__all__ = [
    "AcmeAccountDoesNotExist",
    "AcmeAccountRequired",
    "AcmeAlreadyRevoked",
    "AcmeBadCsr",
    "AcmeBadNonce",
    "AcmeBadPublicKey",
    "AcmeBadRevocationReason",
    "AcmeBadSignatureAlgorithm",
    "AcmeInvalidContact",
    "AcmeKeyTaken",
    "AcmeMalformed",
    "AcmeNotFound",
    "AcmeOrderNotReady",
    "AcmeRefusal",
    "AcmeRejectedIdentifier",
    "AcmeUnauthorized",
    "ApplicationFaulty",
    "ApplicationStateWrong",
    "ApplicationUnknown",
    "CertificateRefusal",
    "CertificateStateWrong",
    "CertificateUnknown",
    "FourEyes",
    "HolderUnknown",
    "HostNotDeclared",
    "NotYours",
    "RequestKeyWeak",
    "RequestNamesOther",
    "RequestSignatureWrong",
    "RequestUnreadable",
    "StatusUnavailable",
]
