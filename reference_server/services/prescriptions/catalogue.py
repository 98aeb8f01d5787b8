"""The BioPrescCodes catalogue: what a biology line may ask for; knows no prescription."""

from reference_server.national.bio_presc_codes import (
    MOTIVATION,
    BioPrescCode,
    CnsAct,
    CodedChoice,
    bio_presc_codes,
)

__all__ = ["MOTIVATION", "BioPrescCode", "CnsAct", "CodedChoice", "bio_presc_codes"]
