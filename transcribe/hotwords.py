"""A unit's names as hotwords, counted in the tokens of the model that is to hear them.

Whether they help has to be measured: see docs/decisions/005-hotwords.md and `loa evaluate`.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

from bridge.glossary import Term
from transcribe.glossary import GlossaryTerm, hotwords
from transcribe.speech_model import SpeechModel


def hotwords_for(model: SpeechModel, terms: Iterable[Term]) -> str:
    """The names that fit the model's budget, joined by commas; empty where there are none.

    At most `glossary.HOTWORD_BUDGET` of the model's own tokens and `glossary.MOST_HOTWORDS` names,
    those that editors accepted most often first. The model is one that `find_model` has checked;
    its tokenizer.json is read once.
    """
    known = [GlossaryTerm(term.text, term.kind, term.accepted) for term in terms]
    if not known:
        return ""
    tokenizer = _tokenizer_of(model.path)

    def count_tokens(text: str) -> int:
        # With the space before it and no special tokens: as the engine's library encodes hotwords.
        return len(tokenizer.encode(" " + text, add_special_tokens=False).ids)

    return hotwords(known, count_tokens)


@lru_cache(maxsize=4)
def _tokenizer_of(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
