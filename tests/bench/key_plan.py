"""The fewest presses with which an editor makes one text of another in the desk's field. Pure.

What a person at the keyboard has: arrows, Ctrl with an arrow for a word, Delete and Ctrl+Delete,
typing by Telex. Every press counts, Ctrl and Shift too; held over several presses they count once.
Ctrl+arrow stops where Chromium on Linux stops, at the end of a word: there the plan is replayed.
"""

import heapq
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.telex import count_presses

_Place = tuple[int, int, bool]  # characters of the draft, of the wanted text; whether Ctrl is held


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done: `key` as Playwright names it, or letters that are typed."""

    key: str = ""
    typed: str = ""
    count: int = 1  # times that the key is pressed


@dataclass(frozen=True, slots=True)
class Selected:
    """A stretch of the draft that is selected when the line opens, as F8 leaves it."""

    start: int
    end: int


def plan(draft: str, wanted: str, selected: Selected | None = None) -> list[Act]:
    """The cheapest way from a caret at the beginning, or from a selection, to the wanted text.

    Raises ValueError where no way leads on from the selection: something before it is wrong.
    """
    best: dict[_Place, int] = {}
    came: dict[_Place, tuple[_Place, Act] | None] = {}
    waiting: list[tuple[int, _Place]] = []
    begins: dict[_Place, list[Act]] = {}
    for place, acts in _beginnings(draft, wanted, selected):
        cost = count_all(acts)
        begins[place] = acts
        best[place], came[place] = cost, None
        heapq.heappush(waiting, (cost, place))
    while waiting:
        cost, place = heapq.heappop(waiting)
        if cost > best[place]:
            continue
        if draft[place[0] :] == wanted[place[1] :]:
            return _joined(_way(place, came, begins), selected is not None)
        for following, price, act in _steps(draft, wanted, place):
            if cost + price < best.get(following, 1 << 30):
                best[following], came[following] = cost + price, (place, act)
                heapq.heappush(waiting, (cost + price, following))
    raise ValueError("the text before the selection is wrong")


def count_all(acts: Iterable[Act]) -> int:
    """How many keys go down; one that is held from one act to the next goes down once."""
    total, held = 0, ""
    for act in acts:
        holding = act.key.rpartition("+")[0]
        total += count_presses(act.typed) if act.typed else act.count
        total += bool(holding and holding != held)
        held = holding
    return total


def done_by(draft: str, acts: list[Act], selected: Selected | None = None) -> str:
    """What stands in the field after the acts."""
    start, end = (selected.start, selected.end) if selected else (0, 0)
    text = draft
    for act in acts:
        for _ in range(act.count):
            if act.typed or (act.key.endswith("Delete") and start < end):
                text = text[:start] + act.typed + text[end:]
                start = end = start + len(act.typed)
            elif act.key == "ArrowLeft" and start < end:
                end = start
            elif act.key == "ArrowRight" and start < end:
                start = end
            else:
                stop = word_stop(text, end) if act.key.startswith("Control") else end + 1
                if act.key.endswith("Delete"):
                    text = text[:start] + text[stop:]
                else:
                    start = end = stop
    return text


def word_stop(text: str, at: int) -> int:
    """Where Ctrl+arrow stops: behind the next word, or behind marks that stand there alone."""
    while at < len(text) and text[at].isspace():
        at += 1
    kind = _kind(text[at]) if at < len(text) else ""
    while at < len(text) and _kind(text[at]) == kind:
        at += 1
    return at


def _kind(character: str) -> str:
    return unicodedata.category(character)[0].replace("N", "L")


def _beginnings(
    draft: str, wanted: str, selected: Selected | None
) -> Iterator[tuple[_Place, list[Act]]]:
    if selected is None:
        yield (0, 0, False), []
        return
    start, end = selected.start, selected.end
    if draft[:start] == wanted[:start]:
        yield (start, start, False), [Act("ArrowLeft")]
        yield (end, start, False), [Act("Delete")]
    if draft[:end] == wanted[:end]:
        yield (end, end, False), [Act("ArrowRight")]


def _steps(draft: str, wanted: str, place: _Place) -> Iterator[tuple[_Place, int, Act]]:
    """Where one act leads from a place, and how many presses it costs."""
    at, made, held = place
    hold = 0 if held else 1
    stop = word_stop(draft, at)
    if draft[at : at + 1] == wanted[made : made + 1]:
        yield (at + 1, made + 1, False), 1, Act("ArrowRight")
    if stop > at and draft[at:stop] == wanted[made : made + stop - at]:
        yield (stop, made + stop - at, True), 1 + hold, Act("Control+ArrowRight")
    if at < len(draft):
        yield (at + 1, made, False), 1, Act("Delete")
    if stop > at:
        yield (stop, made, True), 1 + hold, Act("Control+Delete")
    for length in (1, 2):  # two: one press of "w" makes both letters of "ươ"
        typed = wanted[made : made + length]
        if len(typed) == length:
            yield (at, made + length, False), count_presses(typed), Act(typed=typed)


def _way(
    place: _Place,
    came: dict[_Place, tuple[_Place, Act] | None],
    begins: dict[_Place, list[Act]],
) -> list[Act]:
    acts: list[Act] = []
    while (step := came[place]) is not None:
        place, act = step
        acts.append(act)
    return begins[place] + acts[::-1]


def _joined(acts: list[Act], selected: bool) -> list[Act]:
    """The same with what is typed in one go together, and presses of one key counted."""
    joined: list[Act] = []
    for act in acts:
        last = joined[-1] if joined else Act()
        if act.typed and last.typed:
            joined[-1] = Act(typed=last.typed + act.typed)
        elif act.key and act.key == last.key:
            joined[-1] = Act(act.key, count=last.count + act.count)
        else:
            joined.append(act)
    # Letters over a selection replace it: no Delete is needed first.
    if selected and len(joined) > 1 and joined[0] == Act("Delete") and joined[1].typed:
        return joined[1:]
    return joined
