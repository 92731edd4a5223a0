"""Vietnamese letters and syllables: one form, comparable keys, folding, a syllable check. Pure.

The same syllable can be typed with its tone on either vowel (hoà, hòa) and NFC does not make the
two equal, so comparison lifts the tone out. Folding keeps the length, so offsets found in folded
text hold in the original.
"""

import unicodedata
from functools import lru_cache

# Huyền, sắc, ngã, hỏi, nặng as combining marks.
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_STOP_TONES = frozenset("\u0301\u0323")  # a syllable that ends in p, t, c, ch takes sắc or nặng

_ONSETS = (
    "ngh",
    "ch",
    "gh",
    "gi",
    "kh",
    "ng",
    "nh",
    "ph",
    "qu",
    "th",
    "tr",
    *"bcdđghklmnprstvx",
    "",
)

# The rimes of Vietnamese without their tone, grouped by first vowel.
_RIMES = frozenset(
    """
    a ac ach ai am an ang anh ao ap at au ay
    ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êc êch êm ên êng ênh êp êt êu
    i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    y ych ym yn ynh yp yt yêm yên yêng yêt yêu
    o oc oi om on ong op ot ooc oong oa oac oach oai oam oan oang oanh oao oap oat oay
    oăc oăm oăn oăng oăt oe oem oen oeo oet
    ô ôc ôi ôm ôn ông ôp ôt ơ ơc ơi ơm ơn ơng ơp ơt
    u ua uc ui um un ung up ut uân uâng uât uây uê uêch uên uênh uêt uơ
    uy uya uych uyn uynh uyp uyt uyu uyên uyêt uôc uôi uôm uôn uông uôt
    ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
    """.split()  # noqa: SIM905 - a table is easier to check than a list
)
_STOPS = ("p", "t", "c", "ch")

# Speech repeats itself: these many spellings hold nearly all the words of any transcript.
_REMEMBERED = 16_384

_EDGE_CHARACTERS = ".,;:!?…\"'()[]{}“”‘’«»–—-/"


def to_nfc(text: str) -> str:
    """The composed form in which every text is stored and compared."""
    return unicodedata.normalize("NFC", text)


def split_tone(syllable: str) -> tuple[str, str]:
    """The syllable without its tone (NFC), and the tone's combining mark or an empty string."""
    tone = ""
    kept = []
    for character in unicodedata.normalize("NFD", syllable):
        if character in _TONES:
            tone = character
        else:
            kept.append(character)
    return to_nfc("".join(kept)), tone


def fold_tone_position(syllable: str) -> str:
    """A key equal for both placements of a tone: the bare syllable, then its tone mark."""
    bare, tone = split_tone(syllable)
    return bare + tone


@lru_cache(_REMEMBERED)
def token_key(token: str) -> str:
    """How two tokens are compared: NFC, lower case, no edge punctuation, tone lifted out."""
    return fold_tone_position(to_nfc(token).lower().strip(_EDGE_CHARACTERS))


def fold_diacritics(text: str) -> str:
    """Lower-case text without any mark, đ as d; each NFC character becomes exactly one.

    The result has the length of `to_nfc(text)`, so offsets map back one to one.
    """
    return "".join(_fold_character(character) for character in to_nfc(text))


@lru_cache(_REMEMBERED)
def is_vietnamese_syllable(text: str) -> bool:
    """Whether `text` is spelled like one Vietnamese syllable (onset, rime, permitted tone)."""
    bare, tone = split_tone(text.lower())
    if len(unicodedata.normalize("NFD", text)) > len(unicodedata.normalize("NFD", bare + tone)):
        return False  # "bàò": one of two tones was dropped
    for onset in _ONSETS:
        rime = bare.removeprefix(onset)
        if not bare.startswith(onset):
            continue
        # "gì" is the onset gi with its own i as the vowel.
        if rime in _RIMES or (onset == "gi" and rime == ""):
            return tone in _STOP_TONES or not rime.endswith(_STOPS)
    return False


def _fold_character(character: str) -> str:
    lowered = character.lower()
    if lowered == "đ":
        return "d"
    base = unicodedata.normalize("NFD", lowered)[0]
    # A few letters grow when lowered ("İ"): keep the original so that lengths agree.
    return base if len(lowered) == 1 else character
