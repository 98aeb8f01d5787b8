"""Keeps the stamping workers: persistent processes with a time limit; knows no PDF.

A worker that dies or reckons too long is killed and a fresh one tries once more. When that fails
too, the PDF is to blame (`pdf-unreadable`): what kills two workers would kill a third, and a 5xx
would only make the sender try for ever. What is counted against a PDF is processor time: that a
worker gets none, because the machine has too much to do, is our fault, as when no worker can be
started at all, and the caller hears `busy` (503).
"""

import asyncio
import json
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

import psutil

from reference_server.kernel.errors import Busy
from reference_server.kernel.port import Port

WORKERS = 2
TIME_LIMIT = 5.0
"""Processor seconds that a PDF may cost."""
PATIENCE = 12.0
"""Seconds by the clock after which a worker that did not get them is given up."""
_LOOK_SECONDS = 0.25
_FRAME = struct.Struct(">II")
_CHUNK = 1 << 20
_PROGRAM = (sys.executable, "-P", str(Path(__file__).with_name("stamp.py")))


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedPage:
    """What became of a PDF: the stamped one, or the codes of what is wrong with it."""

    faults: tuple[str, ...]
    pdf: bytes


class _WorkerGoneError(Exception):
    """The worker died, or used up its time."""


class _WorkerLateError(Exception):
    """The worker did not get the time that it may use."""


class _Worker:
    """One worker process; used by one thread at a time."""

    def __init__(self, program: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._seen = psutil.Process(self._process.pid)
        self._may_use = 0.0
        for pipe in (self._sink, self._source):
            os.set_blocking(pipe.fileno(), False)

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def _sink(self) -> IO[bytes]:
        return _open(self._process.stdin)

    @property
    def _source(self) -> IO[bytes]:
        return _open(self._process.stdout)

    def ask(
        self, head: bytes, body: bytes, *, seconds: float, patience: float
    ) -> tuple[bytes, bytes]:
        """Return the answer's head and body; raise _WorkerGoneError or _WorkerLateError."""
        deadline = time.monotonic() + patience
        self._may_use = self._used() + seconds
        self._write(_FRAME.pack(len(head), len(body)) + head + body, deadline)
        head_length, body_length = _FRAME.unpack(self._read(_FRAME.size, deadline))
        return self._read(head_length, deadline), self._read(body_length, deadline)

    def _write(self, content: bytes, deadline: float) -> None:
        rest = memoryview(content)
        while rest:
            self._wait(self._sink, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._sink.fileno(), rest[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _WorkerGoneError from error

    def _read(self, count: int, deadline: float) -> bytes:
        chunks = []
        while count:
            self._wait(self._source, select.POLLIN, deadline)
            chunk = os.read(self._source.fileno(), min(count, _CHUNK))
            if not chunk:
                raise _WorkerGoneError
            chunks.append(chunk)
            count -= len(chunk)
        return b"".join(chunks)

    def _wait(self, pipe: IO[bytes], event: int, deadline: float) -> None:
        waiting = select.poll()
        waiting.register(pipe.fileno(), event)
        while not waiting.poll(_LOOK_SECONDS * 1000):
            if self._used() > self._may_use:
                raise _WorkerGoneError
            if time.monotonic() > deadline:
                raise _WorkerLateError

    def _used(self) -> float:
        """Return the processor seconds that the process has used; raise _WorkerGoneError."""
        try:
            times = self._seen.cpu_times()
        except psutil.Error as error:
            raise _WorkerGoneError from error
        return times.user + times.system

    def end(self) -> None:
        """Kill the process and leave nothing of it behind."""
        self._process.kill()
        self._process.wait()
        self._sink.close()
        self._source.close()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError("the process was started with pipes")
    return pipe


class Stamper:
    """Owns the workers of one server process; they start when first needed."""

    def __init__(
        self,
        *,
        program: Sequence[str] = _PROGRAM,
        workers: int = WORKERS,
        seconds: float = TIME_LIMIT,
        patience: float = PATIENCE,
    ) -> None:
        self._program = program
        self._seconds = seconds
        self._patience = patience
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="stamper")
        self._idle: SimpleQueue[_Worker] = SimpleQueue()

    async def stamp(
        self, pdf: bytes, *, number: str | None = None, payload: str | None = None
    ) -> StampedPage:
        """Return the PDF with the code and the number in it; without a payload only look at it.

        Raises Busy when no worker can be started, or none gets to it.
        """
        running = asyncio.get_running_loop()
        return await running.run_in_executor(self._threads, self._stamp, pdf, number, payload)

    def _stamp(self, pdf: bytes, number: str | None, payload: str | None) -> StampedPage:
        head = json.dumps({"number": number, "payload": payload}).encode("ascii")
        for take in (self._take, self._start):
            worker = take()
            try:
                faults, stamped = worker.ask(
                    head, pdf, seconds=self._seconds, patience=self._patience
                )
            except _WorkerGoneError:
                worker.end()
            except _WorkerLateError as late:
                worker.end()
                raise Busy(seconds=1) from late
            else:
                self._idle.put(worker)
                return StampedPage(faults=tuple(json.loads(faults)), pdf=stamped)
        return StampedPage(faults=("pdf-unreadable",), pdf=b"")

    def _take(self) -> _Worker:
        """Return a worker at rest, or a new one where all are at work or gone."""
        while True:
            try:
                worker = self._idle.get_nowait()
            except Empty:
                return self._start()
            if worker.is_alive:
                return worker
            worker.end()

    def _start(self) -> _Worker:
        try:
            return _Worker(self._program)
        except OSError as error:
            raise Busy(seconds=1) from error

    def close(self) -> None:
        """End every worker and thread."""
        self._threads.shutdown(cancel_futures=True)
        while True:
            try:
                self._idle.get_nowait().end()
            except Empty:
                return


STAMPER: Port[Stamper] = Port("stamper")
