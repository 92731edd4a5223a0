import re

from web.catalogue import MO_PATH, compile_catalogue, extract_texts, read_catalogue, texts_of

_NAMES = re.compile(r"%\((\w+)\)s|\{(\w+)\}|%%")


def test_every_text_of_the_pages_is_translated_and_none_is_left_over() -> None:
    wanted = {message.id for message in texts_of(extract_texts())}
    translated = {message.id for message in texts_of(read_catalogue()) if message.string}
    assert len(wanted) > 100
    assert wanted - translated == set()
    assert translated - wanted == set()


def test_the_compiled_catalogue_is_the_committed_one() -> None:
    assert MO_PATH.read_bytes() == compile_catalogue(read_catalogue())


def test_translations_keep_the_names_of_the_values() -> None:
    for message in texts_of(read_catalogue()):
        there = sorted(found.group() for found in _NAMES.finditer(str(message.id)))
        here = sorted(found.group() for found in _NAMES.finditer(str(message.string)))
        assert there == here, message.id


def test_no_translation_is_a_guess() -> None:
    assert [message.id for message in texts_of(read_catalogue()) if message.fuzzy] == []
