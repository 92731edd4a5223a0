"""What stands on the page of searching, whoever finds it: the application or the page's script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bridge.search import Results
from bridge.units import UnitInfo
from publish.pages import Pages


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the form, as it was typed."""

    words: str = ""
    category: str = ""
    area: str = ""
    begin: str = ""
    end: str = ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.category or self.area or self.begin or self.end)

    def address(self, page: int = 1) -> str:
        """This search again, at a page of its results."""
        fields = {
            "q": self.words,
            "loai": self.category,
            "noi": self.area,
            "tu": self.begin,
            "den": self.end,
            "trang": str(page) if page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in fields.items() if value})


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A search page. `results` None: nothing was asked yet, or the page's script answers.

    `problem`: a sentence about what cannot be looked for. `is_static`: no application is asked.
    """

    asked: Asked = field(default_factory=Asked)
    categories: Sequence[str] = ()
    areas: Sequence[str] = ()
    results: Results | None = None
    problem: str = ""
    is_static: bool = False


def render_search(pages: Pages, unit: UnitInfo, accent: str | None, page: SearchPage) -> bytes:
    """The page as HTML; it lies at <unit>/tim/, which crawlers take for all that it finds."""
    address = f"{pages.home_address(unit)}tim/"
    values = {"accent": accent, "page": page, "address": address}
    return pages.render("search.html", unit, root="../../", **values)
