"""Who sees whether a decoder goes where it must not: to an address, to another file."""

import contextlib
import os
import socket
import threading
from pathlib import Path


class Listener:
    """A real listening socket that counts who comes and sends them away."""

    def __enter__(self) -> "Listener":
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(2)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()


class Canary:
    """A pipe under a file's name. Who opens it to read waits until somebody writes.

    The kernel lets a writer in only while a reader holds the pipe or waits to open it, so a
    writer that gets in has seen one. Nobody passes unseen: without a writer they would wait.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.visits = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Canary":
        os.mkfifo(self.path)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(2)

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            with contextlib.suppress(OSError):  # nobody reads
                descriptor = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
                self.visits += 1  # before the visitor is let go, who may be waited for
                os.close(descriptor)
