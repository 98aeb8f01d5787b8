"""Takes what the taps saw to the journal, in order and off the hot path; judges nothing.

The taps only append to a queue. One thread redacts, describes, serialises, chains and writes
what has gathered: waking it for each exchange would cost the answering thread more than the
writing does. Whatever must be on disk before something else happens waits for `settled`, which
ends the gathering at once.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias

from test_suites.capture import canonical
from test_suites.capture.journal import JournalWriter, Kind, Record
from test_suites.capture.raw import RawExchange, RawWire
from test_suites.capture.redaction import Redacted, Redactor
from test_suites.core.message import Channel, JsonValue, Redaction, Token
from test_suites.core.transcript import ExhibitKind
from test_suites.core.verdict import Mode

Facts: TypeAlias = Mapping[str, JsonValue]


GATHERING_SECONDS: Final = 0.02
"""What a lab that is killed may lose of its last exchanges; such a run has no footer anyway."""


class Describe(Protocol):
    """Says where a redacted message belongs: case, step, initiator, responder, operation."""

    def exchange(self, raw: RawExchange, redacted: Redacted) -> Facts: ...

    def wire(self, raw: RawWire) -> Facts: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RawExhibit:
    """A fact that is not HTTP, as it came; `facts` say case, step and producer."""

    session: str
    kind: ExhibitKind
    name: str
    media_type: str
    content: bytes
    mode: Mode
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    kind: Kind
    at: int
    data: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """Settled with the result of `item`, or once all before it is written."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[str]
    item: RawExhibit | None = None

    def keep(self, result: str) -> None:
        self.loop.call_soon_threadsafe(self._set, result)

    def _set(self, result: str) -> None:
        if not self.future.done():
            self.future.set_result(result)


def members(value: Channel | Redaction | Token) -> dict[str, JsonValue]:
    """Return a value's members as they are; `asdict` copies deeply and costs ten times more."""
    return {name: getattr(value, name) for name in type(value).__slots__}


class RecordingError(Exception):
    """The journal cannot be written any more; the run has no result."""


_Item: TypeAlias = RawExchange | RawWire | _Entry | _Promise | None


class Recorder:
    """Owns the writing thread and the clock of the run; use as a context manager.

    `redactor` finds a session's Redactor by its slug (None: a request that named no session).
    After an error nothing more is written, and `error` says why.
    """

    def __init__(
        self,
        writer: JournalWriter,
        *,
        describe: Describe,
        redactor: Callable[[str | None], Redactor],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.error: Exception | None = None
        self._writer = writer
        self._describe = describe
        self._redactor = redactor
        self._clock = clock
        self._began = clock()
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def exchange(self, raw: RawExchange) -> None:
        """Take an exchange; returns at once."""
        self._queue.put(raw)

    def wire(self, raw: RawWire) -> None:
        """Take a wire event; returns at once."""
        self._queue.put(raw)

    def write(self, kind: Kind, data: Facts) -> None:
        """Take a record of the run itself; returns at once."""
        self._queue.put(_Entry(kind=kind, at=self.at(), data=data))

    async def exhibit(self, item: RawExhibit) -> str:
        """Take an exhibit, return the sha256 of what was kept of it."""
        return await self._promised(item)

    async def settled(self) -> None:
        """Return when all that was taken until now is written; raise RecordingError if not."""
        await self._promised(None)

    def at(self, monotonic: int | None = None) -> int:
        """Return microseconds since the recorder began."""
        return ((self._clock() if monotonic is None else monotonic) - self._began) // 1000

    async def _promised(self, item: RawExhibit | None) -> str:
        loop = asyncio.get_running_loop()
        promise = _Promise(loop=loop, future=loop.create_future(), item=item)
        self._queue.put(promise)
        self._hurry.set()
        result = await promise.future
        if self.error is not None:
            raise RecordingError(str(self.error)) from self.error
        return result

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._queue.put(None)
        self._hurry.set()
        self._thread.join()
        self._writer.close()

    def _run(self) -> None:
        ended = False
        while not ended:
            items = self._gathered()
            ended = None in items
            promises = [item for item in items if isinstance(item, _Promise)]
            results = self._write(items)
            for promise in promises:
                promise.keep(results.get(id(promise), ""))

    def _gathered(self) -> list[_Item]:
        """Wait for an item; return it with those that came until somebody waits for them."""
        items = [self._queue.get()]
        self._hurry.wait(GATHERING_SECONDS)
        self._hurry.clear()
        with contextlib.suppress(queue.Empty):
            while items[-1] is not None:
                items.append(self._queue.get_nowait())
        return items

    def _write(self, items: list[_Item]) -> dict[int, str]:
        """Write the items in one piece; return what the promises among them are kept with."""
        results: dict[int, str] = {}
        if self.error is None:
            try:
                with self._writer.gathering():
                    for item in items:
                        if item is not None:
                            results[id(item)] = self._take(item)
            except Exception as error:  # noqa: BLE001  whatever it is, the run must end by it
                self.error = error
        return results

    def _take(self, item: RawExchange | RawWire | _Entry | _Promise) -> str:
        match item:
            case RawExchange():
                self._writer.append(Kind.EXCHANGE, self.at(item.ended), self._exchange(item))
            case RawWire():
                self._writer.append(Kind.WIRE, self.at(item.at), self._wire(item))
            case _Entry(kind=Kind.FOOTER):
                self._writer.footer(item.at, item.data)
            case _Entry(kind=Kind.STEP):
                self._writer.append(item.kind, item.at, self._step(item.data))
            case _Entry():
                self._writer.append(item.kind, item.at, item.data)
            case _Promise(item=RawExhibit() as exhibit):
                return self._exhibit(exhibit)
            case _:
                pass
        return ""

    def _exchange(self, raw: RawExchange) -> Record:
        redacted = self._redactor(raw.session).exchange(raw)
        facts = self._describe.exchange(raw, redacted)
        return {
            **facts,
            "base_url": raw.base_url,
            "began": self.at(raw.began),
            "ended": self.at(raw.ended),
            "request": self._request(redacted),
            "response": self._response(redacted),
            "channel": members(raw.channel),
            "redactions": [members(each) for each in redacted.redactions],
            "tokens": [members(each) for each in redacted.tokens],
            "deviation": raw.deviation,
        }

    def _step(self, data: Facts) -> Facts:
        """Take secrets out of what a product said of a step: its words are its own."""
        session = data.get("session")
        redactor = self._redactor(session if isinstance(session, str) else None)
        content, _ = redactor.content(canonical.encode(data), "step")
        return canonical.decode(content) or {}

    def _request(self, redacted: Redacted) -> Record:
        request = redacted.request
        return {
            "method": request.method,
            "target": request.target,
            "headers": request.headers,
            "body": self._writer.body(request.body, plain=redacted.request_plain),
        }

    def _response(self, redacted: Redacted) -> Record | None:
        response = redacted.response
        if response is None:
            return None
        return {
            "status": response.status,
            "headers": response.headers,
            "body": self._writer.body(response.body, plain=redacted.response_plain),
        }

    def _wire(self, raw: RawWire) -> Record:
        head, _ = self._redactor(raw.session).wire_head(raw.head)
        facts = self._describe.wire(replace(raw, head=head))
        data = {"wire": raw.kind.value, "detail": raw.detail, "head": self._writer.body(head)}
        return {**facts, **data}

    def _exhibit(self, raw: RawExhibit) -> str:
        content, redactions = self._redactor(raw.session).content(raw.content, "exhibit")
        body: JsonValue = {"file": self._writer.keep(content), "length": len(content)}
        self._writer.append(
            Kind.EXHIBIT,
            self.at(),
            {
                **raw.facts,
                "exhibit": raw.kind.value,
                "name": raw.name,
                "media_type": raw.media_type,
                "mode": raw.mode.value,
                "body": body,
                "redactions": [members(each) for each in redactions],
            },
        )
        return self._writer.keep(content)
