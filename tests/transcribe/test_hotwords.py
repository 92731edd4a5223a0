import pytest
from tokenizers import Tokenizer

from bridge.glossary import Term
from bridge.settings import Settings
from transcribe.glossary import HOTWORD_BUDGET, MOST_HOTWORDS
from transcribe.hotwords import hotwords_for
from transcribe.speech_model import SpeechModel, find_model

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def model(model_settings: Settings) -> SpeechModel:
    return find_model(model_settings)


def term(text: str, kind: str = "person", accepted: int = 0) -> Term:
    return Term(text, text, text.lower(), kind, accepted)


def tokens_of(model: SpeechModel, text: str) -> int:
    tokenizer = Tokenizer.from_file(str(model.path / "tokenizer.json"))
    return len(tokenizer.encode(" " + text, add_special_tokens=False).ids)


def test_names_are_counted_in_the_models_own_tokens(model: SpeechModel) -> None:
    names = [term(f"Nguyễn Thị Hồng Nhung {letter}") for letter in "ABCDEFGHIKLMNOPQRST"]
    found = hotwords_for(model, names)
    assert 0 < found.count(",") + 1 <= MOST_HOTWORDS
    assert HOTWORD_BUDGET - 15 < tokens_of(model, found) <= HOTWORD_BUDGET
    # Counted by words alone, more of them would have been let through.
    assert len(found.split()) < HOTWORD_BUDGET // 2


def test_what_editors_took_most_often_comes_first(model: SpeechModel) -> None:
    names = [term("Đông Mẫu", "place"), term("hợp tác xã", "body", 3), term("Lê Thị Mẫu")]
    assert hotwords_for(model, names) == "hợp tác xã, Đông Mẫu, Lê Thị Mẫu"


def test_a_unit_without_names_has_no_hotwords_and_opens_no_file(model: SpeechModel) -> None:
    nowhere = SpeechModel("none", model.path / "missing", "", bundled=False)
    assert hotwords_for(nowhere, []) == ""
