"""How the prescription service says no; every refusal is its own class, knows no resource.

Refusal                                        (kernel)
├── StateRefusal            409, 410 or 404: what is asked does not fit the prescription
│   ├── PrescriptionNotFound 404      ├── AlreadyDispensed        ├── AlreadyCancelled 410
│   ├── PrescriptionExpired 410       ├── ReservedElsewhere       ├── ReservedCannotCancel
│   ├── PartiallyDispensedCannotCancel  ├── NotReserved
│   ├── SubmissionConflict            ├── DispensationConflict
│   └── LineAlreadyDispensed          └── LineNotFound 422
├── ParameterUnknown        400: an operation's parameter that it does not have
├── TooManyWrongTries       429: somebody may be guessing numbers and birth dates
└── Fault                   422: one thing wrong with a submission; a KO lists them all
    ├── ElementFault        its form: ElementUnknown, ElementType, ElementValue,
    │                       ElementMissing, ElementRepeated, ElementEmpty, ResourceUnexpected
    ├── DocumentFault       the Bundle, its entries, the Composition
    ├── PersonFault         the patient and the prescriber
    ├── LineFault           one line, or all of them
    └── PaperFault          the PDF
"""
