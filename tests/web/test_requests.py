import pytest

from web.requests import safe_local_path


@pytest.mark.parametrize("path", ["/", "/lam-viec/", "/lam-viec/?nhom=da-go#x", "/a//b", "/à"])
def test_paths_of_this_site_are_kept(path: str) -> None:
    assert safe_local_path(path, "/back") == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "lam-viec",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nSet-Cookie: x=y",
        " //evil.example",
        "/\x7f/x",
    ],
)
def test_anything_else_is_replaced(path: str) -> None:
    assert safe_local_path(path, "/back") == "/back"
