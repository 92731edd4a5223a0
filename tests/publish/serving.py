"""A portal's folder behind a plain static server, below a path, as a cheap web host has it."""

import contextlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

PREFIX = "/trang-tin/loa"
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'"
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript"}


def file_response(path: Path, environ: dict[str, Any]) -> Response:
    """The file, with ranges, from memory: a browser that leaves in the midst of an answer makes
    the server drop it without closing its file, and that would fail some other test."""
    told = path.stat()
    response = send_file(
        io.BytesIO(path.read_bytes()),
        environ,
        mimetype=_TYPES.get(path.suffix),
        download_name=path.name,
        conditional=True,
        etag=f"{told.st_mtime_ns}-{told.st_size}",
        last_modified=told.st_mtime,
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


@contextlib.contextmanager
def serving(root: Path, port: int = 0) -> Iterator[str]:
    """Serves `root` until left; then nobody answers there any more. Gives the address."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        path = root / environ["PATH_INFO"].removeprefix(PREFIX).lstrip("/")
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return Response("Không có.", 404)(environ, start_response)
        response = file_response(path, environ)
        response.headers["Cache-Control"] = "no-cache"
        return response(environ, start_response)

    server = make_server("127.0.0.1", port, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}{PREFIX}/xa-mau/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
