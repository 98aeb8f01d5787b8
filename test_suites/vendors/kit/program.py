"""The frame of a vendor process: arguments, readiness line, clean end; knows no product."""

import argparse
import signal
import sys
import threading
from collections.abc import Iterable, Sequence

from test_suites.vendors.kit.acts import Office
from test_suites.vendors.kit.driver import DriverServer
from test_suites.vendors.kit.product import Product, Surroundings, W


def read_arguments(
    program: str, *, defects: Iterable[str], arguments: Sequence[str] | None = None
) -> argparse.Namespace:
    """Return ``port`` and ``defect``; ends the process with 2 on anything else."""
    parser = argparse.ArgumentParser(prog=program, description="Example vendor program.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--defect", choices=sorted(defects), metavar="NAME", help="go wrong so")
    return parser.parse_args(arguments)


def serve(product: Product[W], *, port: int) -> int:
    """Serve the driver contract until SIGTERM or SIGINT; return the exit code."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with DriverServer(port) as server:
        bound = int(server.server_address[1])
        server.office = Office(
            product=product, surroundings=Surroundings(port=bound, stopping=stopping)
        )
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        sys.stdout.write(f"READY http://127.0.0.1:{bound}\n")
        sys.stdout.flush()
        stopping.wait()
        server.shutdown()
        server.office.shut()
    return 0
