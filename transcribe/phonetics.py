"""How far two Vietnamese syllables sound apart, regional confusions made cheap. Pure.

A syllable is onset, glide, nucleus, coda and tone, by sound and not by spelling: "lý" and "lí",
"uỷ" and "ủy", "c" and "k" before their vowels are the same. The weights are ours, set by hand so
that a regional confusion costs a fifth of an unrelated change; they are no measured acoustics.
"""

from dataclasses import dataclass
from functools import lru_cache

from bridge.vietnamese import is_vietnamese_syllable, split_tone, token_key

HUYEN, SAC, NGA, HOI, NANG = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"

# What a complete change of each part costs; together 1. Onset and vowel carry most of what a
# listener recognises, the tone and the coda are what loudspeakers and regions change most.
ONSET_WEIGHT = 0.35
GLIDE_WEIGHT = 0.1
NUCLEUS_WEIGHT = 0.3
CODA_WEIGHT = 0.125
TONE_WEIGHT = 0.125

# A regional confusion, as a share of a complete change.
REGIONAL = 0.2

_SAME_ONSETS = {"ngh": "ng", "gh": "g", "k": "c", "qu": "c"}
_ONSETS = ("ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", *"bcdđghklmnprstvx")
_CODAS = ("ng", "nh", "ch", "c", "m", "n", "p", "t")


def _vowel_table(text: str) -> dict[str, tuple[str, str]]:
    """Spelling to nucleus and semivowel, from rows of "spelling=nucleus+semivowel"."""
    rows = (entry.partition("=") for entry in text.split())
    return {
        spelling: (sound[:-2], sound[-1]) if "+" in sound else (sound, "")
        for spelling, _, sound in rows
    }


# The vowels as they are spelled between glide and coda; j and w end the syllable like a coda.
_VOWELS = _vowel_table("""
    a=a ă=ă â=â e=e ê=ê i=i y=i o=o oo=o ô=ô ơ=ơ u=u ư=ư
    ia=iê iê=iê ya=iê yê=iê ua=uô uô=uô ưa=ươ ươ=ươ
    ai=a+j ay=ă+j ây=â+j oi=o+j ôi=ô+j ơi=ơ+j ui=u+j ưi=ư+j uôi=uô+j ươi=ươ+j
    ao=a+w au=ă+w âu=â+w eo=e+w êu=ê+w iu=i+w yu=i+w iêu=iê+w yêu=iê+w ưu=ư+w ươu=ươ+w
""")
# Vowels that begin with the glide, written o or u: "hoa", "tuần", "khuya".
_GLIDED = ("oa", "oă", "oe", "uâ", "uê", "uơ", "uy")


def _costs(*rows: tuple[float, str]) -> dict[frozenset[str], float]:
    """Costs of "a/b c/d" pairs; "_" stands for nothing."""
    return {
        frozenset("" if sound == "_" else sound for sound in pair.split("/")): cost
        for cost, pairs in rows
        for pair in pairs.split()
    }


# l/n of the north's delta; tr/ch, s/x, d/gi/r of the north; v/d/gi of the south.
_ONSET_COSTS = _costs(
    (REGIONAL, "l/n tr/ch s/x d/gi d/r gi/r v/d v/gi"),
    (0.5, "b/p p/ph t/th t/đ đ/th c/kh c/g g/kh g/r kh/h ph/v n/nh ng/nh n/đ th/x tr/t ch/gi"),
    (0.5, "s/tr x/ch h/_ c/_"),
)
_NUCLEUS_COSTS = _costs(
    (0.4, "a/ă ơ/â i/iê u/uô ư/ươ"),
    (0.5, "e/ê o/ô ê/iê ô/uô ơ/ươ ă/â i/ê u/ô"),
    (0.7, "a/â ô/ơ u/ư ư/ơ a/o a/e ư/i iê/ươ uô/ươ o/uô"),
)
# n/ng and t/c of the south, where nh and ch follow n and t.
_CODA_COSTS = _costs(
    (REGIONAL, "n/ng t/c n/nh t/ch"),
    (0.4, "ng/nh c/ch"),
    (0.6, "m/n m/ng p/t p/c n/t ng/c m/p nh/ch j/_ w/_"),
)
# Hỏi and ngã are one tone from Thanh Hoá southwards.
_TONE_COSTS = {
    frozenset((HOI, NGA)): REGIONAL,
    frozenset((NGA, SAC)): 0.6,
    frozenset((NGA, NANG)): 0.6,
    frozenset((HOI, NANG)): 0.6,
    frozenset(("", HUYEN)): 0.7,
}


@dataclass(frozen=True, slots=True)
class Syllable:
    """A syllable by sound. `glide` is "w" or empty, `coda` a consonant, "j", "w" or empty,
    `tone` a combining mark or empty for the level tone."""

    onset: str
    glide: str
    nucleus: str
    coda: str
    tone: str


@lru_cache(maxsize=8192)
def split_syllable(text: str) -> Syllable | None:
    """The parts of one syllable; None where `text` is not spelled as a Vietnamese syllable.

    Letter case, punctuation at the edges and the place of the tone do not matter.
    """
    bare, tone = split_tone(token_key(text))
    if not is_vietnamese_syllable(bare + tone):
        return None
    onset = next((known for known in _ONSETS if bare.startswith(known)), "")
    rime = bare.removeprefix(onset)
    if onset == "gi" and (not rime or rime.startswith(("ê", *_CODAS))):
        rime = "i" + rime  # gì, gìn, giếng: one letter i is written for the onset and the vowel
    coda = next((known for known in _CODAS if rime.endswith(known)), "")
    vowels = rime.removesuffix(coda)
    glide = ""
    if onset == "qu":
        glide = "w"
    elif vowels.startswith(_GLIDED):
        glide, vowels = "w", vowels[1:]
    if vowels not in _VOWELS:
        return None
    nucleus, semivowel = _VOWELS[vowels]
    return Syllable(_SAME_ONSETS.get(onset, onset), glide, nucleus, coda or semivowel, tone)


@lru_cache(maxsize=65536)
def syllable_distance(heard: str, meant: str) -> float:
    """How far two syllables sound apart: 0 the same, 1 nothing in common; symmetric.

    Where one of them is no Vietnamese syllable (numbers, "Krông") their letters are compared:
    edits by the length of the longer.
    """
    first, second = split_syllable(heard), split_syllable(meant)
    if first is None or second is None:
        return _letter_distance(token_key(heard), token_key(meant))
    return (
        ONSET_WEIGHT * _cost(first.onset, second.onset, _ONSET_COSTS)
        + GLIDE_WEIGHT * (first.glide != second.glide)
        + NUCLEUS_WEIGHT * _cost(first.nucleus, second.nucleus, _NUCLEUS_COSTS)
        + CODA_WEIGHT * _cost(first.coda, second.coda, _CODA_COSTS)
        + TONE_WEIGHT * _cost(first.tone, second.tone, _TONE_COSTS)
    )


def _cost(first: str, second: str, costs: dict[frozenset[str], float]) -> float:
    return 0.0 if first == second else costs.get(frozenset((first, second)), 1.0)


def _letter_distance(first: str, second: str) -> float:
    """Levenshtein distance by the length of the longer text; 0 for two empty ones."""
    row = list(range(len(second) + 1))
    for passed, letter in enumerate(first, 1):
        above_left, row[0] = row[0], passed
        for column, other in enumerate(second, 1):
            above_left, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, above_left + (letter != other)),
            )
    return row[-1] / max(len(first), len(second), 1)
