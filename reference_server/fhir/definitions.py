"""The R4 (4.0.1) elements of the resource types we read, as a table; knows no rule about them.

One line a type: `name:type` is 0..1, `!` 1..1, `*` 0..*, `+` 1..*; `value[x]:a|b` is a choice;
`code{a,b}` is a code of a required binding. `modifierExtension` and `implicitRules` are left out
on purpose: what changes the meaning of a resource and is not understood must be refused.
Source: https://hl7.org/fhir/R4/. The complete definitions are the validator's, and a test holds
this table to them: it says nothing that they do not say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

_ELEMENT = "id:string extension:Extension*"
_RESOURCE = "id:id meta:Meta language:code"
_DOMAIN = f"{_RESOURCE} text:Narrative contained:Resource* extension:Extension*"
_USE = "usual,official,temp,secondary,old"
_COMPARATOR = "comparator:code{<,<=,>=,>}"
_UNIT = "s,min,h,d,wk,mo,a"
_GENDER = "gender:code{male,female,other,unknown}"
_STATUS = "draft,active,on-hold,revoked,completed,entered-in-error,unknown"
_INTENT = (
    "proposal,plan,directive,order,original-order,reflex-order,filler-order,instance-order,option"
)
_ANY = (
    "base64Binary|boolean|canonical|code|date|dateTime|decimal|id|instant|integer|markdown|oid"
    "|positiveInt|string|time|unsignedInt|uri|url|uuid|Address|Annotation|Attachment"
    "|CodeableConcept|Coding|ContactPoint|HumanName|Identifier|Period|Quantity|Range|Ratio"
    "|Reference|Signature|Timing|Meta"
)

_TYPES = {
    # data types
    "Element": _ELEMENT,
    "Extension": f"id:string extension:Extension* url:uri! value[x]:{_ANY}",
    "Meta": f"{_ELEMENT} versionId:id lastUpdated:instant source:uri profile:canonical* "
    "security:Coding* tag:Coding*",
    "Narrative": f"{_ELEMENT} status:code{{generated,extensions,additional,empty}}! div:xhtml!",
    "Identifier": f"{_ELEMENT} use:code{{{_USE}}} type:CodeableConcept system:uri value:string "
    "period:Period assigner:Reference",
    "Coding": f"{_ELEMENT} system:uri version:string code:code display:string userSelected:boolean",
    "CodeableConcept": f"{_ELEMENT} coding:Coding* text:string",
    "Reference": f"{_ELEMENT} reference:string type:uri identifier:Identifier display:string",
    "Period": f"{_ELEMENT} start:dateTime end:dateTime",
    "Quantity": f"{_ELEMENT} value:decimal {_COMPARATOR} unit:string system:uri code:code",
    "Duration": f"{_ELEMENT} value:decimal {_COMPARATOR} unit:string system:uri code:code",
    "Range": f"{_ELEMENT} low:Quantity high:Quantity",
    "Ratio": f"{_ELEMENT} numerator:Quantity denominator:Quantity",
    "HumanName": f"{_ELEMENT} use:code{{usual,official,temp,nickname,anonymous,old,maiden}} "
    "text:string family:string given:string* prefix:string* suffix:string* period:Period",
    "ContactPoint": f"{_ELEMENT} system:code{{phone,fax,email,pager,url,sms,other}} "
    "value:string use:code{home,work,temp,old,mobile} rank:positiveInt period:Period",
    "Address": f"{_ELEMENT} use:code{{home,work,temp,old,billing}} "
    "type:code{postal,physical,both} text:string line:string* city:string district:string "
    "state:string postalCode:string country:string period:Period",
    "Attachment": f"{_ELEMENT} contentType:code language:code data:base64Binary url:url "
    "size:unsignedInt hash:base64Binary title:string creation:dateTime",
    "Annotation": f"{_ELEMENT} author[x]:Reference|string time:dateTime text:markdown!",
    "Signature": f"{_ELEMENT} type:Coding+ when:instant! who:Reference! onBehalfOf:Reference "
    "targetFormat:code sigFormat:code data:base64Binary",
    "Timing": f"{_ELEMENT} event:dateTime* repeat:Timing.repeat code:CodeableConcept",
    "Timing.repeat": f"{_ELEMENT} bounds[x]:Duration|Range|Period count:positiveInt "
    f"countMax:positiveInt duration:decimal durationMax:decimal durationUnit:code{{{_UNIT}}} "
    "frequency:positiveInt frequencyMax:positiveInt period:decimal periodMax:decimal "
    f"periodUnit:code{{{_UNIT}}} dayOfWeek:code{{mon,tue,wed,thu,fri,sat,sun}}* "
    "timeOfDay:time* when:code* offset:unsignedInt",
    # resources
    "Bundle": f"{_RESOURCE} identifier:Identifier type:code{{document,message,transaction,"
    "transaction-response,batch,batch-response,history,searchset,collection}! "
    "timestamp:instant link:Bundle.link* entry:Bundle.entry* signature:Signature",
    "Bundle.link": f"{_ELEMENT} relation:string! url:uri!",
    "Bundle.entry": f"{_ELEMENT} link:Bundle.link* fullUrl:uri resource:Resource",
    "Composition": f"{_DOMAIN} identifier:Identifier "
    "status:code{preliminary,final,amended,entered-in-error}! type:CodeableConcept! "
    "category:CodeableConcept* subject:Reference encounter:Reference date:dateTime! "
    "author:Reference+ title:string! confidentiality:code "
    "attester:Composition.attester* custodian:Reference relatesTo:Composition.relatesTo* "
    "event:Composition.event* section:Composition.section*",
    "Composition.attester": f"{_ELEMENT} mode:code{{personal,professional,legal,official}}! "
    "time:dateTime party:Reference",
    "Composition.relatesTo": f"{_ELEMENT} code:code{{replaces,transforms,signs,appends}}! "
    "target[x]!:Identifier|Reference",
    "Composition.event": f"{_ELEMENT} code:CodeableConcept* period:Period detail:Reference*",
    "Composition.section": f"{_ELEMENT} title:string code:CodeableConcept author:Reference* "
    "focus:Reference text:Narrative mode:code{working,snapshot,changes} "
    "orderedBy:CodeableConcept entry:Reference* emptyReason:CodeableConcept "
    "section:Composition.section*",
    "Patient": f"{_DOMAIN} identifier:Identifier* active:boolean name:HumanName* "
    f"telecom:ContactPoint* {_GENDER} birthDate:date deceased[x]:boolean|dateTime "
    "address:Address* maritalStatus:CodeableConcept multipleBirth[x]:boolean|integer "
    "photo:Attachment* contact:Patient.contact* communication:Patient.communication* "
    "generalPractitioner:Reference* managingOrganization:Reference link:Patient.link*",
    "Patient.contact": f"{_ELEMENT} relationship:CodeableConcept* name:HumanName "
    f"telecom:ContactPoint* address:Address {_GENDER} organization:Reference period:Period",
    "Patient.communication": f"{_ELEMENT} language:CodeableConcept! preferred:boolean",
    "Patient.link": f"{_ELEMENT} other:Reference! type:code{{replaced-by,replaces,refer,seealso}}!",
    "Practitioner": f"{_DOMAIN} identifier:Identifier* active:boolean name:HumanName* "
    f"telecom:ContactPoint* address:Address* {_GENDER} birthDate:date photo:Attachment* "
    "qualification:Practitioner.qualification* communication:CodeableConcept*",
    "Practitioner.qualification": f"{_ELEMENT} identifier:Identifier* code:CodeableConcept! "
    "period:Period issuer:Reference",
    "ServiceRequest": f"{_DOMAIN} identifier:Identifier* instantiatesCanonical:canonical* "
    "instantiatesUri:uri* basedOn:Reference* replaces:Reference* requisition:Identifier "
    f"status:code{{{_STATUS}}}! intent:code{{{_INTENT}}}! category:CodeableConcept* "
    "priority:code{routine,urgent,asap,stat} doNotPerform:boolean code:CodeableConcept "
    "orderDetail:CodeableConcept* quantity[x]:Quantity|Ratio|Range subject:Reference! "
    "encounter:Reference occurrence[x]:dateTime|Period|Timing "
    "asNeeded[x]:boolean|CodeableConcept authoredOn:dateTime requester:Reference "
    "performerType:CodeableConcept performer:Reference* locationCode:CodeableConcept* "
    "locationReference:Reference* reasonCode:CodeableConcept* reasonReference:Reference* "
    "insurance:Reference* supportingInfo:Reference* specimen:Reference* "
    "bodySite:CodeableConcept* note:Annotation* patientInstruction:string "
    "relevantHistory:Reference*",
    "Binary": f"{_RESOURCE} contentType:code! securityContext:Reference data:base64Binary",
    "Parameters": f"{_RESOURCE} parameter:Parameters.parameter*",
    "Parameters.parameter": f"{_ELEMENT} name:string! value[x]:{_ANY} resource:Resource "
    "part:Parameters.parameter*",
}

_LINE = re.compile(r"(\w+)(\[x\])?(!)?:([^\s{!*+]+)(?:\{([^}]*)\})?([!*+])?(?:\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element as it is written in JSON; `choice` is `value[x]` where it is one of many."""

    type: str
    required: bool
    repeats: bool
    codes: frozenset[str]
    choice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The elements of one type by their JSON names, and those that must be there."""

    elements: Mapping[str, Element]
    required: frozenset[str]


@cache
def structures() -> Mapping[str, Structure]:
    """Return every known type by name, read once."""
    return {name: _structure(line) for name, line in _TYPES.items()}


RESOURCE_TYPES = frozenset(
    {"Bundle", "Composition", "Patient", "Practitioner", "ServiceRequest", "Binary", "Parameters"}
)


def _structure(line: str) -> Structure:
    elements = dict(_elements(line))
    required = frozenset(
        element.choice or name for name, element in elements.items() if element.required
    )
    return Structure(elements=elements, required=required)


def _elements(line: str) -> Iterator[tuple[str, Element]]:
    for name, is_choice, must, types, codes, cardinality in _LINE.findall(line):
        for type_name in types.split("|"):
            yield (
                name + type_name[0].upper() + type_name[1:] if is_choice else name,
                Element(
                    type=type_name,
                    required=cardinality in {"!", "+"} or bool(must),
                    repeats=cardinality in {"*", "+"},
                    codes=frozenset(codes.split(",")) if codes else frozenset(),
                    choice=f"{name}[x]" if is_choice else None,
                ),
            )
