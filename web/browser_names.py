"""What a browser calls itself, in words that its owner knows: "Chrome trên Windows"."""

from web.labels import mark, say

# The first that fits: most call themselves Chrome and Safari besides.
_BROWSERS = (
    ("Zalo", "Zalo"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_BOTH = mark("%(browser)s trên %(system)s")
_UNKNOWN = mark("trình duyệt khác")


def browser_name(user_agent: str) -> str:
    """For people to recognise a browser by; nothing else is decided by it."""
    browser = next((name for part, name in _BROWSERS if part in user_agent), "")
    system = next((name for part, name in _SYSTEMS if part in user_agent), "")
    if browser and system:
        return say(_BOTH) % {"browser": browser, "system": system}
    return browser or system or say(_UNKNOWN)
