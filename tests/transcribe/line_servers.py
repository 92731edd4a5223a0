"""Stream servers on the loopback that behave as told, sound to send, and sources that name them."""

import io
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache

import av
import numpy as np

from bridge.db import new_id
from bridge.sources import SourceInfo, parse_address
from transcribe.decoder import SAMPLE_RATE

# What a connection does: it gets the request's head and a function that sends. The connection is
# closed when it returns, with True only when the server is.
Behaviour = Callable[[str, Callable[[bytes], None]], bool | None]

OK = b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n"


@cache
def noise(seconds: float, level_db: float = -20) -> bytes:
    """PCM as lines give it: white noise, or digital silence below -90."""
    count = round(seconds * SAMPLE_RATE)
    if level_db < -90:
        return bytes(count * 2)
    samples = np.random.default_rng(3).normal(0, 32768 * 10 ** (level_db / 20), count)
    return np.clip(samples, -32768, 32767).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return noise(seconds, -96)


@cache
def encoded(pcm: bytes, form: str = "mp3") -> bytes:
    """PCM as a stream sends it: `mp3`, `adts` (AAC), `ogg` (Opus) or `wav`."""
    codec = {"mp3": "libmp3lame", "adts": "aac", "ogg": "libopus", "wav": "pcm_s16le"}[form]
    rate = 48_000 if codec == "libopus" else SAMPLE_RATE
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        if form != "wav":
            stream.bit_rate = 64_000
        samples = np.frombuffer(pcm, "<i2").astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return file.getvalue()


def sends(content: bytes, head: bytes = OK) -> Behaviour:
    """Send all of it as fast as it goes, then close."""

    def behave(request: str, send: Callable[[bytes], None]) -> bool:
        send(head + content)
        return False

    return behave


def holds(content: bytes, head: bytes = OK) -> Behaviour:
    """Send all of it as fast as it goes, then nothing more."""

    def behave(request: str, send: Callable[[bytes], None]) -> bool:
        send(head + content)
        return True

    return behave


class StreamServer:
    """One behaviour for each connection, the last one for all that follow."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        self._behaviours = list(behaviours)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._connections: list[socket.socket] = []
        self.stopped = threading.Event()
        self.requests: list[str] = []
        self.sent_bytes = 0
        self.port: int = self._socket.getsockname()[1]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/luong"

    def close(self) -> None:
        self.stopped.set()
        for waiting in [self._socket, *self._connections]:
            with suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)
            waiting.close()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._answer, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer(self, connection: socket.socket) -> None:
        def send(content: bytes) -> None:
            for start in range(0, len(content), 4096):
                connection.sendall(content[start : start + 4096])
                self.sent_bytes += len(content[start : start + 4096])

        with connection:
            try:
                request = b""
                while b"\r\n\r\n" not in request:
                    block = connection.recv(4096)
                    if not block:
                        return
                    request += block
                self.requests.append(request.decode())
                number = min(len(self.requests), len(self._behaviours)) - 1
                if self._behaviours[number](self.requests[-1], send):
                    self.stopped.wait()
            except OSError:
                pass  # the other side had enough


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[StreamServer]:
    server = StreamServer(behaviours)
    try:
        yield server
    finally:
        server.close()


def source_at(
    address: str,
    *,
    unit_id: str = "unit",
    private_network: bool = False,
    redirect_hosts: tuple[str, ...] = (),
    split_silence_s: int = 2,
    pre_roll_s: int = 1,
) -> SourceInfo:
    """A source that no table holds."""
    return SourceInfo(
        id=new_id(),
        unit_id=unit_id,
        name="Đài thử",
        address=parse_address(address),
        private_network=private_network,
        redirect_hosts=redirect_hosts,
        split_silence_s=split_silence_s,
        pre_roll_s=pre_roll_s,
        line_state="idle",
        problem=None,
        seen_at=None,
        heard_at=None,
    )
