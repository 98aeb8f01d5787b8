"""Each named defect changes what goes out or what the person gets; the good product does not."""

import importlib.util
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from joserfc.jws import extract_compact
from pypdfium2 import PdfDocument

from test_suites.vendors.kit.product import Product
from test_suites.vendors.laboratory import behaviour as laboratory
from test_suites.vendors.laboratory.desk import product as laboratory_product
from test_suites.vendors.prescriber import behaviour as prescriber
from test_suites.vendors.prescriber.desk import product as prescriber_product
from tests.test_suites.vendors import evidence as plays
from tests.test_suites.vendors.client import ANNA, Json, base64_of
from tests.test_suites.vendors.evidence import Evidence, Play, against, played
from tests.test_suites.vendors.peer import Fault, Seen

RESET, BUSY = Fault(kind="reset"), Fault(kind="status", retry_after="1")
MALFORMED, EXPIRED = Fault(kind="malformed"), Fault(kind="expired")


@dataclass(frozen=True, slots=True)
class Probe:
    """A conversation, and what the defect makes of it."""

    play: Play
    goes_wrong: Callable[[Evidence], bool]
    trusted: bool = True


def resources(seen: Seen, kind: str) -> list[Json]:
    found = (entry["resource"] for entry in seen.json["entry"])
    return [resource for resource in found if resource["resourceType"] == kind]


def lines(e: Evidence) -> list[Json]:
    return resources(e.of("submit")[-1], "ServiceRequest")


def parameter_names(seen: Seen) -> list[str]:
    return [parameter["name"] for parameter in seen.json.get("parameter", ())]


def assertions(e: Evidence) -> list[Json]:
    """Claims of the client assertions, without looking at the signature."""
    texts = [s.form["client_assertion"] for s in e.of("token") if "client_assertion" in s.form]
    return [json.loads(extract_compact(text.encode()).payload) for text in texts]


def own_token(e: Evidence, client: str) -> Seen:
    return next(seen for seen in e.of("token") if seen.form["client_id"] == client)


def identifiers(e: Evidence) -> set[str]:
    return {seen.json["identifier"]["value"] for seen in e.of("submit")}


def dispensations(e: Evidence) -> set[str]:
    return {s.json["parameter"][0]["valueIdentifier"]["value"] for s in e.of("dispense")}


def printed(e: Evidence) -> list[str]:
    return [base64_of(sheet) for sheet in e.printed()]


def ours_printed(e: Evidence) -> bool:
    return any(sheet in e.of("submit")[0].body.decode() for sheet in printed(e))


def corner_text(e: Evidence) -> str:
    """The text in the 40 mm at the top right of the first page that was submitted."""
    data = resources(e.of("submit")[0], "Binary")[0]["data"]
    with PdfDocument(b64decode(data)) as pdf:
        width, height = pdf[0].get_size()
        side = 40 * 72 / 25.4
        text: str = pdf[0].get_textpage().get_text_bounded(left=width - side, bottom=height - side)
        return text


def not_stamped(e: Evidence) -> bool:
    return printed(e) != [e.peer.only().document]


PRESCRIBER: Mapping[str, Probe] = {
    "wrong-audience": Probe(
        plays.prescribes, lambda e: e.of("token")[0].form["resource"] != e.peer.fhir
    ),
    "ignores-ko": Probe(plays.meets_ko, lambda e: bool(e.printed())),
    "hides-refusal": Probe(plays.meets_ko, lambda e: e.levels() == {"info"}),
    "shows-first-fault-only": Probe(plays.meets_ko, lambda e: plays.KO[1] not in e.shown()),
    "resubmits-after-ko": Probe(plays.meets_ko, lambda e: len(e.of("submit")) == 2),
    "drops-a-line": Probe(plays.prescribes, lambda e: len(lines(e)) == 2),
    "stale-patient": Probe(
        plays.prescribes_for_two,
        lambda e: ANNA["matricule"] in str(resources(e.of("submit")[1], "Patient")),
    ),
    "redraws-qr": Probe(plays.prescribes, lambda e: not_stamped(e) and not ours_printed(e)),
    "prints-unstamped": Probe(plays.prescribes, ours_printed),
    "forgets-printing": Probe(plays.prescribes, lambda e: not e.printed()),
    "retries-without-backoff": Probe(
        against(plays.prescribes, "submit", RESET, RESET), lambda e: e.gap("submit") < 0.1
    ),
    "waits-always-the-same": Probe(
        against(plays.prescribes, "submit", RESET, RESET),
        lambda e: "waiting 0.3 s before attempt 3" in e.log,
    ),
    "ignores-retry-after": Probe(
        against(plays.prescribes, "submit", BUSY), lambda e: e.gap("submit") < 1
    ),
    "gives-up-at-once": Probe(
        against(plays.prescribes, "submit", RESET), lambda e: len(e.of("submit")) == 1
    ),
    "new-identifier-on-retry": Probe(
        against(plays.prescribes, "submit", RESET), lambda e: len(identifiers(e)) == 2
    ),
    "treats-malformed-as-ok": Probe(
        against(plays.prescribes, "submit", MALFORMED), lambda e: e.levels() == {"info"}
    ),
    "crashes-on-malformed": Probe(
        against(plays.prescribes, "submit", MALFORMED),
        lambda e: e.last.state == "failed" and not e.shown(),
    ),
    "rebuilds-on-resubmit": Probe(
        plays.resubmits,
        lambda e: len({s.body for s in e.of("submit")}) == 2 and len(identifiers(e)) == 1,
    ),
    "logs-token": Probe(plays.prescribes, lambda e: "eyJ" in e.log),
    "forbids-its-lines": Probe(
        plays.prescribes, lambda e: all(line.get("doNotPerform") for line in lines(e))
    ),
    "logs-code": Probe(plays.prescribes, lambda e: "code=" in e.log),
    "sends-token-in-url": Probe(
        plays.prescribes, lambda e: "access_token=eyJ" in e.of("submit")[0].target
    ),
    "logs-matricule": Probe(plays.prescribes, lambda e: ANNA["matricule"] in e.log),
    "sends-matricule-in-url": Probe(
        plays.prescribes, lambda e: ANNA["matricule"] in e.of("submit")[0].target
    ),
    "skips-tls-verification": Probe(plays.prescribes, lambda e: bool(e.peer.seen), trusted=False),
    "no-state": Probe(plays.prescribes, lambda e: "state" not in e.of("authorize")[0].query),
    "no-nonce": Probe(plays.prescribes, lambda e: "nonce" not in e.of("authorize")[0].query),
    "plain-pkce": Probe(
        plays.prescribes,
        lambda e: e.of("authorize")[0].query["code_challenge_method"] == "plain",
    ),
    "never-renews-token": Probe(
        against(plays.prescribes, "submit", EXPIRED), lambda e: len(e.of("token")) == 1
    ),
    "drops-fraction-count": Probe(
        plays.prescribes, lambda e: "occurrenceTiming" not in str(lines(e))
    ),
    "drops-motivation": Probe(plays.prescribes, lambda e: "reasonCode" not in str(lines(e))),
    "splits-requisition": Probe(
        plays.prescribes, lambda e: len({str(line["requisition"]) for line in lines(e)}) == 3
    ),
    "fills-stamp-area": Probe(plays.prescribes, lambda e: "Cabinet " in corner_text(e)),
    "cancels-without-reason": Probe(
        plays.cancels, lambda e: e.of("cancel")[0].json == {"resourceType": "Parameters"}
    ),
    "wrong-media-type": Probe(
        plays.prescribes,
        lambda e: e.of("submit")[0].headers["content-type"] == "application/json",
    ),
    "no-request-id": Probe(
        plays.prescribes, lambda e: "x-request-id" not in e.of("submit")[0].headers
    ),
}

LABORATORY: Mapping[str, Probe] = {
    "wrong-audience": Probe(
        plays.retrieves,
        lambda e: own_token(e, "labo-nord-app").form["resource"] != e.peer.fhir,
    ),
    "dispenses-twice": Probe(plays.dispenses, lambda e: len(dispensations(e)) == 2),
    "dispenses-from-cache": Probe(plays.dispenses_again, lambda e: len(e.of("retrieve")) == 1),
    "hides-refusal": Probe(plays.dispenses_again, lambda e: e.levels() == {"info"}),
    "insists-after-refusal": Probe(plays.dispenses_again, lambda e: len(e.of("reserve")) == 3),
    "alters-code": Probe(
        plays.retrieves, lambda e: e.peer.only().code not in str(e.of("retrieve")[0].body)
    ),
    "no-plan-b-date": Probe(
        plays.plan_b, lambda e: "birth-date" not in parameter_names(e.of("retrieve")[0])
    ),
    "no-dispensation-identifier": Probe(
        plays.dispenses, lambda e: "dispensation" not in parameter_names(e.of("dispense")[0])
    ),
    "dispenses-everything": Probe(
        plays.dispenses_a_line, lambda e: "line" not in parameter_names(e.of("dispense")[0])
    ),
    "forgets-dispensation": Probe(plays.dispenses, lambda e: not e.of("dispense")),
    "skips-reservation": Probe(plays.dispenses, lambda e: not e.of("reserve")),
    "keeps-reservation": Probe(plays.releases, lambda e: not e.of("release")),
    "retries-without-backoff": Probe(
        against(plays.dispenses, "dispense", RESET, RESET), lambda e: e.gap("dispense") < 0.1
    ),
    "waits-always-the-same": Probe(
        against(plays.dispenses, "dispense", RESET, RESET),
        lambda e: "waiting 0.3 s before attempt 3" in e.log,
    ),
    "ignores-retry-after": Probe(
        against(plays.dispenses, "dispense", BUSY), lambda e: e.gap("dispense") < 1
    ),
    "gives-up-at-once": Probe(
        against(plays.dispenses, "dispense", RESET), lambda e: len(e.of("dispense")) == 1
    ),
    "new-identifier-on-retry": Probe(
        against(plays.dispenses, "dispense", RESET), lambda e: len(dispensations(e)) == 2
    ),
    "treats-malformed-as-ok": Probe(
        against(plays.retrieves, "retrieve", MALFORMED), lambda e: e.levels() == {"info"}
    ),
    "crashes-on-malformed": Probe(
        against(plays.retrieves, "retrieve", MALFORMED),
        lambda e: e.last.state == "failed" and not e.shown(),
    ),
    "logs-token": Probe(plays.retrieves, lambda e: "eyJ" in e.log),
    "logs-matricule": Probe(plays.retrieves, lambda e: ANNA["matricule"] in e.log),
    "sends-matricule-in-url": Probe(
        plays.dispenses, lambda e: ANNA["matricule"] in e.of("dispense")[0].target
    ),
    "skips-tls-verification": Probe(
        plays.retrieves, lambda e: bool(e.of("retrieve")), trusted=False
    ),
    "reuses-jti": Probe(
        against(plays.retrieves, "retrieve", EXPIRED),
        lambda e: len({claims["jti"] for claims in assertions(e)}) == 1,
    ),
    "long-assertion": Probe(
        plays.retrieves, lambda e: any(c["exp"] - c["iat"] > 300 for c in assertions(e))
    ),
    "never-renews-token": Probe(
        against(plays.retrieves, "retrieve", EXPIRED), lambda e: len(e.of("retrieve")) == 1
    ),
    "wrong-media-type": Probe(
        plays.retrieves,
        lambda e: e.of("retrieve")[0].headers["content-type"] == "application/json",
    ),
    "no-request-id": Probe(
        plays.retrieves, lambda e: "x-request-id" not in e.of("retrieve")[0].headers
    ),
}


def goes_wrong(probe: Probe, product: Product[Any], *, before: Product[Any] | None) -> bool:
    with played(product, probe.play, before=before, trusted=probe.trusted) as evidence:
        return probe.goes_wrong(evidence)


@pytest.mark.parametrize("name", PRESCRIBER)
def test_a_defect_of_the_prescribers_product_shows_and_the_good_one_does_not(name: str) -> None:
    probe = PRESCRIBER[name]
    bad = prescriber_product(prescriber.DEFECTS[name])
    assert goes_wrong(probe, bad, before=None)
    assert not goes_wrong(probe, prescriber_product(prescriber.GOOD), before=None)


@pytest.mark.parametrize("name", LABORATORY)
def test_a_defect_of_the_laboratorys_product_shows_and_the_good_one_does_not(name: str) -> None:
    probe = LABORATORY[name]
    issuer = prescriber_product(prescriber.GOOD)
    bad = laboratory_product(laboratory.DEFECTS[name])
    assert goes_wrong(probe, bad, before=issuer)
    assert not goes_wrong(probe, laboratory_product(laboratory.GOOD), before=issuer)


def declared() -> list[Json]:
    found = importlib.util.find_spec("test_suites.vendors")
    assert found
    assert found.origin
    text = (Path(found.origin).parent / "defects.yaml").read_text()
    value: list[Json] = yaml.safe_load(text)["defects"]
    return value


def test_the_declared_defects_are_those_the_programs_know_and_each_is_probed() -> None:
    listed = {(d["vendor"], d["name"]) for d in declared()}
    assert len(listed) == len(declared())
    # What only somebody who forges answers can see is the lab's to show: `equalis mutants`.
    forged = {(d["vendor"], d["name"]) for d in declared() if d.get("programme") == "security"}
    for vendor, known, probes in (
        ("prescriber", prescriber.DEFECTS, PRESCRIBER),
        ("laboratory", laboratory.DEFECTS, LABORATORY),
    ):
        assert {name for who, name in listed if who == vendor} == set(known)
        assert {name for who, name in listed - forged if who == vendor} == set(probes)


def test_each_defect_turns_exactly_one_switch() -> None:
    for good, defects in (
        (prescriber.GOOD, prescriber.DEFECTS),
        (laboratory.GOOD, laboratory.DEFECTS),
    ):
        fields = type(good).__dataclass_fields__
        for name, bad in defects.items():
            turned = [field for field in fields if getattr(good, field) != getattr(bad, field)]
            assert len(turned) == 1, name


def test_each_defect_is_described_in_three_languages_and_breaks_something() -> None:
    for defect in declared():
        assert set(defect["description"]) == {"fr", "en", "de"}
        assert all(defect["description"].values())
        assert defect["expected"]
        assert set(defect["expected"].values()) <= {"FAIL", "WARN"}
