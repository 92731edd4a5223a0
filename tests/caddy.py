"""Caddy as docs/deploy sets it up, but without encryption and in a folder of its own."""

from pathlib import Path

DEPLOY = Path(__file__).parent.parent / "docs" / "deploy"
# No certificates, and no port for commands.
_ALONE = "{\n\tadmin off\n\tauto_https off\n}\n\n"


def write_configuration(folder: Path, front: int, port: int, site: Path) -> list[str]:
    """Write what Caddy needs to serve `site` on `front`, with Loa behind it on `port`.

    The arguments to start it with, after its own name.
    """
    text = (DEPLOY / "Caddyfile").read_text()
    for found, put in (
        ("truyenthanh.example {", f"http://127.0.0.1:{front} {{"),
        ("127.0.0.1:8000", f"127.0.0.1:{port}"),
        ("/var/lib/loa/site", str(site)),
    ):
        assert found in text
        text = text.replace(found, put)
    (folder / "Caddyfile").write_text(_ALONE + text)
    return ["run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"]
