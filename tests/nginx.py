"""nginx as docs/deploy sets it up, but without encryption and in a folder of its own."""

import os
import re
from pathlib import Path

DEPLOY = Path(__file__).parent.parent / "docs" / "deploy"
_KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def write_configuration(folder: Path, front: int, port: int, site: Path) -> list[str]:
    """Write what nginx needs to serve `site` on `front`, with Loa behind it on `port`.

    The arguments to start it with, after its own name.
    """
    (folder / "proxy.conf").write_text((DEPLOY / "nginx-loa-proxy.conf").read_text())
    text = (DEPLOY / "nginx-loa.conf").read_text()
    text = re.sub(r"(?s)server \{\s*listen 80;.*?\n\}\n", "", text)
    text = re.sub(r"(?m)^ *(listen \[|ssl_certificate).*\n", "", text)
    for found, put in (
        ("listen 443 ssl http2", f"listen 127.0.0.1:{front}"),
        ("server 127.0.0.1:8000", f"server 127.0.0.1:{port}"),
        ("/etc/nginx/loa-proxy.conf", str(folder / "proxy.conf")),
        ("/var/lib/loa/site", str(site)),
        ("/var/log/nginx", str(folder)),
    ):
        assert found in text
        text = text.replace(found, put)
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in _KINDS)
    account = "user root;\n" if os.geteuid() == 0 else ""  # the test's folders are the tester's
    (folder / "nginx.conf").write_text(
        f"{account}daemon off;\nworker_processes 1;\npid {folder}/pid;\n"
        f"error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{text}}}\n"
    )
    return ["-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
