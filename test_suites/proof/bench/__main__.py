"""The load generator as a process of its own: reads one job from stdin, prints its timing."""

import ssl
import sys

import msgspec
import uvloop

from test_suites.proof.bench.generator import Load, Timing, run


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the parent asks for; `trust_file` is a PEM file, None for plain http."""

    fhir_base: str
    trust_file: str | None
    prescriber_token: str
    laboratory_token: str
    submission: bytes
    birth_date: str
    clients: int
    seconds: float


def main() -> int:
    """Run the job on stdin and print its Timing as JSON."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    load = Load(
        fhir_base=job.fhir_base,
        trust=ssl.create_default_context(cafile=job.trust_file) if job.trust_file else None,
        prescriber_token=job.prescriber_token,
        laboratory_token=job.laboratory_token,
        submission=job.submission,
        birth_date=job.birth_date,
        clients=job.clients,
    )
    timing: Timing = uvloop.run(run(load, seconds=job.seconds))
    sys.stdout.buffer.write(msgspec.json.encode(timing))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
