"""Applications and the office's outbox; knows no certificate's content."""

import json
from datetime import UTC, datetime

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.certificates.model.life import ApplicationState
from reference_server.services.certificates.model.records import Application, Letter


def put(tx: Transaction, application: Application) -> None:
    """Keep an application, new or as it is now."""
    content = msgspec.json.encode(application).decode()
    made_at = int(application.made_at.timestamp())
    tx.execute(
        "INSERT INTO certificates_application (id, applicant, state, made_at, content)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
        " content = excluded.content",
        (application.id, application.applicant, application.state, made_at, content),
    )


def find(tx: Transaction, application_id: str) -> Application | None:
    """Return an application."""
    row = tx.execute(
        "SELECT content FROM certificates_application WHERE id = ?", (application_id,)
    ).fetchone()
    return None if row is None else _read(row["content"])


def newest(
    tx: Transaction,
    *,
    limit: int,
    applicant: str | None = None,
    state: ApplicationState | None = None,
) -> tuple[Application, ...]:
    """Return the latest applications, of one person and one state or of all."""
    wanted = {"applicant = ?": applicant, "state = ?": state}
    given = {clause: value for clause, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    rows = tx.execute(
        f"SELECT content FROM certificates_application {where}"  # noqa: S608 - our own words
        " ORDER BY made_at DESC, id LIMIT ?",
        (*given.values(), limit),
    )
    return tuple(_read(row["content"]) for row in rows)


def write_letter(tx: Transaction, to: str, message_id: str, *, at: datetime, **params: str) -> None:
    """Put a letter into the outbox."""
    tx.execute(
        "INSERT INTO certificates_letter (number, at, recipient, message_id, params)"
        " SELECT COALESCE(MAX(number), 0) + 1, ?, ?, ?, ? FROM certificates_letter",
        (int(at.timestamp()), to, message_id, json.dumps(params)),
    )


def letters(tx: Transaction, *, to: str | None = None, limit: int) -> tuple[Letter, ...]:
    """Return the latest letters, to one person or to all."""
    where, params = ("WHERE recipient = ?", [to]) if to else ("", [])
    rows = tx.execute(
        f"SELECT number, at, recipient, message_id, params FROM certificates_letter {where}"  # noqa: S608 - our own words
        " ORDER BY number DESC LIMIT ?",
        (*params, limit),
    )
    return tuple(
        Letter(
            number=row["number"],
            at=datetime.fromtimestamp(row["at"], UTC),
            to=row["recipient"],
            message_id=row["message_id"],
            params=tuple(json.loads(row["params"]).items()),
        )
        for row in rows
    )


def _read(content: str) -> Application:
    return msgspec.json.decode(content, type=Application)
