"""The two copies that we keep of every recording, and reading one that is still being written.

Hearing begins while the copies are made: the first text of two hours of sound must not wait for
all of it to be decoded.
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from bridge.failpoints import reach
from bridge.media import flush_folder
from transcribe.decoder import SAMPLE_RATE
from transcribe.decoder_client import Decoding, OriginalLevels
from transcribe.sound import MAX_PIECE_MS, read_span, to_frame

LISTEN_BIT_RATE = 48_000  # constant, so that a player's seeking does not drift

# What the FLAC encoder and its file may still hold back: a frame of it is 192 ms.
_UNWRITTEN_MS = 1_000
# In samples: the model gets its first piece before the slower encoder begins.
_FIRST_PIECE = (MAX_PIECE_MS + 2 * _UNWRITTEN_MS) * SAMPLE_RATE // 1000


class WorkingCopy:
    """A finished working copy."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_span(self, start_ms: int, end_ms: int) -> NDArray[np.float32]:
        """As `transcribe.sound.read_span`."""
        return read_span(self._path, start_ms, end_ms)


class GrowingCopy:
    """Copies that a thread makes while their beginning is already being read.

    Close it, or use it with `contextlib.closing`: both copies are then whole or not there.
    """

    def __init__(self, decoding: Decoding, working: Path, listening: Path | None) -> None:
        """Begin. `decoding` is read to its end, and closed with this."""
        self._decoding = decoding
        self._working = working
        self._listening = listening
        self._draft: Path | None = None
        self._readable_ms = 0
        self._error: Exception | None = None
        self._finished = False
        self._changed = threading.Condition()
        self.levels: OriginalLevels | None = None  # of the original, once all of it is decoded
        self.duration_ms: int | None = None  # the same
        self._thread = threading.Thread(target=self._write, name="copies", daemon=True)
        self._thread.start()

    def read_span(self, start_ms: int, end_ms: int) -> NDArray[np.float32]:
        """As `transcribe.sound.read_span`, waiting until that much has been written.

        Raises what ended the writing, as `decoder_client.decode_sound`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._finished or self._readable_ms >= end_ms)
            if self._error is not None:
                raise self._error
            draft = self._draft
        if draft is not None:
            with contextlib.suppress(FileNotFoundError):  # finished in this very moment
                return read_span(draft, start_ms, end_ms)
        return read_span(self._working, start_ms, end_ms)

    def wait(self) -> None:
        """Wait until both copies stand. Raises as `read_span`."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the writing, if it still goes on, and wait for its end."""
        self._decoding.close()
        self._thread.join()

    def _write(self) -> None:
        try:
            self.duration_ms = write_copies(
                self._blocks(), self._working, self._listening, self._note
            )
        except Exception as error:  # whatever it was, the reader must not wait for ever
            self._end(error)
        else:
            self._end(None)

    def _blocks(self) -> Generator[bytes]:
        self.levels = yield from self._decoding.blocks()

    def _note(self, draft: Path, readable_ms: int) -> None:
        with self._changed:
            self._draft, self._readable_ms = draft, readable_ms
            self._changed.notify_all()

    def _end(self, error: Exception | None) -> None:
        with self._changed:
            self._error, self._finished, self._draft = error, True, None
            self._changed.notify_all()


def write_copies(
    pcm: Iterable[bytes],
    working: Path,
    listening: Path | None = None,
    on_written: Callable[[Path, int], None] | None = None,
) -> int:
    """Write the copies that everything after intake uses; returns their length in milliseconds.

    `pcm`: mono 24 kHz s16le. `working` becomes FLAC of the same samples, `listening` MP3 at a
    constant 48 kbps. Memory stays flat for any length. Both appear whole or not at all, the
    working copy last; an error in `pcm` leaves nothing behind. `on_written(draft, written_ms)` is
    called about once for each second of sound: up to then the unfinished working copy can be read.
    """
    samples = 0
    targets = [working] if listening is None else [working, listening]
    with contextlib.ExitStack() as stack:
        drafts = [stack.enter_context(_draft(target)) for target in targets]
        with contextlib.ExitStack() as writers:
            encoders = [writers.enter_context(contextlib.closing(_flac(drafts[0])))]
            if listening is not None:
                encoders.append(writers.enter_context(contextlib.closing(_mp3(drafts[1]))))
            for chunk in _whole_seconds(pcm):
                for encoder in encoders:
                    encoder.write(chunk, samples)
                samples += len(chunk)
                if on_written is not None:
                    on_written(
                        Path(drafts[0].name), max(0, samples * 1000 // SAMPLE_RATE - _UNWRITTEN_MS)
                    )
            encoders[0].finish()
            if on_written is not None:  # a reader waits for nothing that comes after
                on_written(Path(drafts[0].name), samples * 1000 // SAMPLE_RATE)
            for encoder in encoders[1:]:
                encoder.finish()
    return samples * 1000 // SAMPLE_RATE


class _Encoder:
    """One output file: int16 mono samples at 24 kHz in, encoded packets into the file.

    The first `hold` samples are kept until there are more, or the end comes.
    """

    def __init__(
        self, file: IO[bytes], container_format: str, codec: str, bit_rate: int = 0, hold: int = 0
    ) -> None:
        self._hold = hold
        self._held: list[tuple[NDArray[np.int16], int]] = []
        self._container: OutputContainer = av.open(
            file, "w", format=container_format, options={"flush_packets": "1"}
        )
        # LAME's quicker search: a third less time; the FLAC encoder is as quick either way.
        options = {"compression_level": "7"} if codec == "libmp3lame" else {}
        stream = self._container.add_stream(codec, rate=SAMPLE_RATE, options=options)
        self._stream = cast(AudioStream, stream)
        self._stream.layout = "mono"
        if bit_rate:
            self._stream.bit_rate = bit_rate

    def write(self, samples: NDArray[np.int16], position: int) -> None:
        self._held.append((samples, position))
        if position + samples.size > self._hold:
            self._encode_held()

    def _encode_held(self) -> None:
        for samples, position in self._held:
            frame = to_frame(samples)
            frame.pts = position
            self._container.mux(self._stream.encode(frame))
        self._held.clear()

    def finish(self) -> None:
        self._encode_held()
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        self._container.close()


def _flac(file: IO[bytes]) -> _Encoder:
    return _Encoder(file, "flac", "flac")


def _mp3(file: IO[bytes]) -> _Encoder:
    return _Encoder(file, "mp3", "libmp3lame", LISTEN_BIT_RATE, hold=_FIRST_PIECE)


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[IO[bytes]]:
    """A file to write that becomes `target`, flushed to disk, only if all went well."""
    path = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        # Unbuffered, for what is written is read before the file is finished.
        with path.open("wb", buffering=0) as file:
            yield file
            os.fsync(file.fileno())
        path.replace(target)
        reach("copies.renamed")
        flush_folder(target.parent)
    finally:
        path.unlink(missing_ok=True)


def _whole_seconds(pcm: Iterable[bytes]) -> Iterator[NDArray[np.int16]]:
    """The same samples in arrays of about a second; blocks may end in the middle of a sample."""
    held = bytearray()
    for block in pcm:
        held += block
        if len(held) >= SAMPLE_RATE * 2:
            whole = len(held) - len(held) % 2
            yield np.frombuffer(bytes(held[:whole]), "<i2")
            del held[:whole]
    if len(held) >= 2:
        yield np.frombuffer(bytes(held[: len(held) - len(held) % 2]), "<i2")
