"""Times as the tables hold them: UTC, ISO 8601, microseconds; text order is time order."""

from datetime import UTC, datetime


def text_of(at: datetime) -> str:
    """Return a time as it is kept."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_or_none_of(at: datetime | None) -> str | None:
    """Return a time as it is kept, None for none."""
    return None if at is None else text_of(at)


def time_of(text: str) -> datetime:
    """Return a kept time."""
    return datetime.fromisoformat(text)
