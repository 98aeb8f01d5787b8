"""Codes that registries outside HL7 give out: languages, countries, currencies, media types.

Only facts: the registries' codes, no names. Where a registry has more than is here, the answer is
None: it cannot be told. Source: ISO 639-1 (closed since 2003), RFC 5646 and the IANA registry of
language subtags, ISO 3166-1, ISO 4217 with its withdrawn codes, RFC 6838.
"""

import re
from typing import Final

_LANGUAGES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv
kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr
nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq
sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi
yo za zh zu
"""
_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
ZW
"""
_COUNTRIES_OF_THREE = """
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD
BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR
COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH
ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL
GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR
JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR
MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL
NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY
PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP
SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA
UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
"""
_CURRENCIES = """
ADP AED AFA AFN ALL AMD ANG AOA AON AOR ARA ARP ARS ATS AUD AWG AZM AZN BAM BBD BDT BEF BGL
BGN BHD BIF BMD BND BOB BOV BRC BRE BRL BRN BRR BSD BTN BWP BYB BYN BYR BZD CAD CDF CHE CHF
CHW CLE CLF CLP CNY COP COU CRC CSD CSK CUC CUP CVE CYP CZK DDM DEM DJF DKK DOP DZD ECS EEK
EGP ERN ESB ESP ETB EUR FIM FJD FKP FRF GBP GEL GHC GHS GIP GMD GNF GRD GTQ GWP GYD HKD HNL
HRD HRK HTG HUF IDR IEP ILS INR IQD IRR ISK ITL JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD
KZT LAK LBP LKR LRD LSL LTL LUC LUF LUL LVL LVR LYD MAD MDC MDL MGA MGF MKD MMK MNT MOP MRO
MRU MTL MTP MUR MVR MWK MXN MXP MXV MYR MZM MZN NAD NGN NIO NLG NOK NPR NZD OMR PAB PEI PEN
PES PGK PHP PKR PLN PLZ PTE PYG QAR ROL RON RSD RUB RUR RWF SAR SBD SCR SDD SDG SDP SEK SGD
SHP SIT SKK SLE SLL SOS SRD SRG SSP STD STN SVC SYP SZL THB TJR TJS TMM TMT TND TOP TPE TRL
TRY TTD TWD TZS UAH UAK UGX USD USN USS UYI UYN UYP UYU UYW UZS VEB VED VEF VES VND VUV WST
XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XEU XOF XPD XPF XPT XSU XTS XUA YER YUD YUM
YUN ZAL ZAR ZMK ZMW ZRN ZRZ ZWD ZWG ZWL ZWN ZWR
"""
_REGIONS_TOO = """
AA AC AN BU CP CQ CS DD DG EA EU EZ FX IC NT SU TA TP UN YD YU ZR ZZ
"""
LANGUAGES: Final = frozenset(_LANGUAGES.split())
"""ISO 639-1, and the codes that were withdrawn from it, which stay valid in language tags."""
COUNTRIES: Final = frozenset(_COUNTRIES.split())
COUNTRIES_OF_THREE: Final = frozenset(_COUNTRIES_OF_THREE.split())
CURRENCIES: Final = frozenset({*_CURRENCIES.split(), 3 * "X"})
"""ISO 4217 (its threefold X: no currency), and the codes withdrawn from it, for older amounts."""
# A region of a language tag may also be one that is reserved, withdrawn or private.
_REGIONS: Final = frozenset(_REGIONS_TOO.split())
_TAG: Final = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(?:-[a-z]{3}){0,3})|(?P<other>[a-z]{4,8})", re.IGNORECASE
)
_SUBTAG: Final = re.compile(r"[a-z0-9]{1,8}", re.IGNORECASE)
_PRIVATE: Final = re.compile(r"(?:[ix])(?:-[a-z0-9]{1,8})+", re.IGNORECASE)
_REGION: Final = re.compile(r"[a-z]{2}", re.IGNORECASE)
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]{0,126}"
_MEDIA_TYPE: Final = re.compile(
    rf"{_NAME}/(?:{_NAME}|\*)(?:\s*;\s*{_NAME}\s*=\s*(?:{_NAME}|\"[^\"\\]*\"))*\s*;?"
)
# R4 itself names formats so (CapabilityStatement.format, http.html#mime-type).
_SHORT: Final = frozenset({"json", "xml", "ttl"})


def is_language(tag: str) -> bool | None:
    """Tell whether a text is a language tag (BCP 47); None for a language of three letters."""
    if _PRIVATE.fullmatch(tag):
        return True
    first, *rest = tag.split("-")
    known = _TAG.fullmatch(first)
    if known is None or not all(_SUBTAG.fullmatch(each) for each in rest):
        return False
    if len(first) == 2 and first.lower() not in LANGUAGES:  # noqa: PLR2004  ISO 639-1
        return False
    if not all(_is_region(each) for each in _before_singleton(rest) if _REGION.fullmatch(each)):
        return False
    return True if len(first) == 2 else None  # noqa: PLR2004  as above


def _before_singleton(subtags: list[str]) -> list[str]:
    """Return the subtags before the first extension or private part."""
    cut = next((at for at, each in enumerate(subtags) if len(each) == 1), len(subtags))
    return subtags[:cut]


def _is_region(subtag: str) -> bool:
    region = subtag.upper()
    private = region[0] == "X" or (region[0] == "Q" and region[1] >= "M")
    return region in COUNTRIES or region in _REGIONS or private


def is_country(code: str) -> bool | None:
    """Tell whether a text is a code of ISO 3166-1; None for what has its form of numbers."""
    if code in COUNTRIES or code in COUNTRIES_OF_THREE:
        return True
    return None if re.fullmatch(r"[0-9]{3}", code) else False


def is_currency(code: str) -> bool:
    """Tell whether a text is or was a code of ISO 4217."""
    return code in CURRENCIES


def is_media_type(text: str) -> bool:
    """Tell whether a text has the form of a media type, or is a short name that R4 uses."""
    return text in _SHORT or _MEDIA_TYPE.fullmatch(text) is not None
