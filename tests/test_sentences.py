"""How text becomes sentences, and sentences become speech."""

import pytest

from pipeline.sentences import Sentences, Visible, clean, is_finished


def cut(text: str) -> list[str]:
    sentences = Sentences()
    found = [unit for char in text if (unit := sentences.feed(char))]
    rest = sentences.end()
    return [*found, rest] if rest else found


def shown(text: str) -> str:
    visible = Visible()
    seen = ""
    for char in text:
        part = visible.feed(char)
        seen = "" if part is None else seen + part
    return seen + visible.end()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith came at 3.5 past. He left.", ["Dr. Smith came at 3.5 past.", "He left."]),
        ("J. R. Hall wrote it, e.g. here. Yes.", ["J. R. Hall wrote it, e.g. here.", "Yes."]),
        ("You and I. We stay.", ["You and I.", "We stay."]),
        ("Well… perhaps. Or not...  Maybe", ["Well… perhaps.", "Or not...", "Maybe"]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ("मैं यहाँ हूँ। आप कैसे हैं?", ["मैं यहाँ हूँ।", "आप कैसे हैं?"]),
        ("كيف حالك؟ أنا هنا.", ["كيف حالك؟", "أنا هنا."]),
        ("Es ist z.B. so. Gut.", ["Es ist z.B. so.", "Gut."]),
        ("Это было в 2020 г. и т.д. Да.", ["Это было в 2020 г. и т.д.", "Да."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("a line that\nwraps on. Next.", ["a line that\nwraps on.", "Next."]),
        ("- one\n- two", ["- one", "- two"]),
        ("1. First. 2. Second.", ["1. First.", "2. Second."]),
        ("(He sighs. Twice.) Hello.", ["(He sighs. Twice.)", "Hello."]),
        ("No. I would not.", ["No.", "I would not."]),
    ],
)
def test_sentences_end_where_they_end(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences


@pytest.mark.parametrize(
    ("text", "speech"),
    [
        ("**You** are _not_ `alone`.", "You are not alone."),
        ("# A heading", ""),
        ("**A heading**", ""),
        ("| a | table |", ""),
        ("---", ""),
        ("- a point", "a point"),
        ("> 2) quoted", "quoted"),
        ("*smiles warmly* Hello.", "Hello."),
        ("*takes a slow breath*", ""),
        ("I am *really* sorry.", "I am really sorry."),
        ("(sighs) I hear you [pause] there.", "I hear you there."),
        ("Take care 💛👍🏽!!!", "Take care!"),
        ("Good :) and <3 too.", "Good and too."),
        ("Assistant: **EchoMind:** Hello.", "Hello."),
        ("[Read this](https://example.org) or https://example.org/x now.", "Read this or now."),
        ('"I hear you."', "I hear you."),
        ("“I hear you.", "I hear you."),
        ('You said "never" today.', 'You said "never" today.'),
        ("It's 'fine', don't worry.", "It's 'fine', don't worry."),
        ('{"reply": "hello"}', ""),
        ("5 + 3 = 8 <b>bold</b>", "5 + 3 8 bold"),
        ("💛", ""),
        ("...", ""),
        ("क्षत्रिय\u200dजी, नमस्ते।", "क्षत्रिय\u200dजी, नमस्ते।"),
    ],
)
def test_only_speech_is_left(text: str, speech: str) -> None:
    assert clean(text) == speech


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<think>hidden. <b>x</b> </think>Seen.", "Seen."),
        ("<thinking>\nhidden\n</thinking>\n\nSeen.", "\n\nSeen."),
        ("[THINK]hidden[/THINK]Seen.", "Seen."),
        ("hidden without a start </think> Seen.", " Seen."),
        ("<think>never closed", ""),
        ("<reply>Seen.</reply>", "Seen."),
        ("a < b and <3 you", "a < b and <3 you"),
        ("[pause] Seen.", "[pause] Seen."),
        ("an unfinished <tag", "an unfinished <tag"),
    ],
)
def test_thinking_is_taken_out(text: str, seen: str) -> None:
    assert shown(text) == seen


@pytest.mark.parametrize("mark", ["<|im_end|>", "</s>", "<end_of_turn>", "<|eot_id|>", "[INST]"])
def test_a_model_that_ends_its_turn_is_over(mark: str) -> None:
    visible = Visible()
    for char in "Hello." + mark:
        visible.feed(char)
    assert visible.over


def test_a_sentence_is_finished_by_its_mark_even_inside_quotes() -> None:
    assert is_finished('He said "stop."') and is_finished("सच।") and not is_finished("and then,")
