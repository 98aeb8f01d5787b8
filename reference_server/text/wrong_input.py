"""How every command says that its input is wrong; knows no command and no sentence."""

import json
import sys


def tell_wrong_input(what: str, where: str = "", *, as_json: bool) -> None:
    """Say what is wrong, and where: as JSON on standard output, else as text on standard error."""
    if as_json:
        error = {"what": what, "where": where, "detail": "", "mend": ""}
        sys.stdout.write(f"{json.dumps({'error': error}, ensure_ascii=False)}\n")
    else:
        sys.stderr.write(f"{what}\n")
