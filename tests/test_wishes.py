"""Who asks for an exercise is understood, and who merely tells of one is not taken at it."""

import pytest

from pipeline.catalogue import Kind, Texts
from pipeline.wishes import wished_kinds
from tests.chatting import words

EN = words().texts("en")


@pytest.mark.parametrize(
    "asked",
    [
        "Can we do something to calm down?",
        "can you help me relax",
        "Please guide me through a relaxation.",
        "I am so nervous. Could we do an exercise?",
        "I'd like to do something to unwind before dinner",
        "How can I calm my nerves, do you think?",
        "let’s breathe together",
        "I need to calm down",
        "help me fall asleep",
        "Do you know some exercises for the tension in my neck?",
    ],
)
def test_a_request_is_heard(asked: str) -> None:
    assert wished_kinds(asked, EN) is not None


@pytest.mark.parametrize(
    "told",
    [
        "I did a breathing exercise yesterday and it was fine.",
        "She told me to calm down, and that made me furious.",
        "I don't need an exercise right now.",
        "Can we not do a breathing exercise today?",
        "Could you tell me what the time is? I had a calm evening.",
        "I can't relax at all.",
        "He never helps me.",
        "Please. I went for a walk to relax.",
        "",
    ],
)
def test_what_is_no_request_is_not(told: str) -> None:
    assert wished_kinds(told, EN) is None


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ("Can we do a breathing exercise?", {Kind.BREATHING}),
        ("Guide me through a body scan, please", {Kind.BODY_SCAN}),
        ("Can you help me get to sleep?", {Kind.SLEEP}),
        ("Can we do something to calm down?", set()),
    ],
)
def test_a_kind_that_is_named_is_the_kind(asked: str, kinds: set[Kind]) -> None:
    assert wished_kinds(asked, EN) == frozenset(kinds)


@pytest.mark.parametrize("language", words().languages)
def test_every_language_hears_its_own_words(language: str) -> None:
    """Each thing asked for with each request is heard, in either order."""
    texts: Texts = words().texts(language)
    requests, things = (
        [word.replace("*", "") for word in texts.many(f"relax.asks.{part}")]
        for part in ("request", "thing")
    )
    pairs = [(request, things[0]) for request in requests]
    pairs += [(requests[0], thing) for thing in things]
    for request, thing in pairs:
        assert wished_kinds(f"{request} {thing}", texts) is not None
        assert wished_kinds(f"{thing} {request}", texts) is not None
