"""The card's question stands until it is answered, in every language, and a doubt is no safety."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from pipeline import aftercare, content, safety
from pipeline.aftercare import Asked
from pipeline.catalogue import DangerKind, Texts
from pipeline.content import Content
from pipeline.safety import Danger
from pipeline.values import Person, Turn

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
SUICIDE = Danger(DangerKind.SUICIDE, certain=True)


@cache
def words() -> Content:
    return content.load(Path(__file__).parents[1] / "prompts")


def texts(language: str) -> Texts:
    return words().texts(language)


def turns(danger: Danger, language: str, *later: Turn) -> list[Turn]:
    card = safety.card(danger, Person(7), words().countries, texts(language))
    return [Turn("user", "…", NOW), Turn("companion", card.written, NOW), *later]


def asked(danger: Danger, language: str) -> Asked:
    found = aftercare.standing(
        turns(danger, language, Turn("user", "…", NOW)), map(texts, words().languages)
    )
    assert found is not None
    return found


@pytest.mark.parametrize("language", words().languages)
@pytest.mark.parametrize("kind", DangerKind)
def test_each_card_is_known_by_its_question(kind: DangerKind, language: str) -> None:
    assert asked(Danger(kind, certain=True), language).question == kind
    assert asked(Danger(kind, certain=True, other=True), language).question == "other"
    assert asked(safety.confirmed(kind), language).question == "again"
    assert asked(Danger(kind, certain=False), language).softly


@pytest.mark.parametrize("language", words().languages)
def test_only_the_last_words_of_the_companion_count(language: str) -> None:
    later = (Turn("user", "…", NOW), Turn("companion", "I see.", NOW), Turn("user", "…", NOW))
    languages = [texts(one) for one in words().languages]
    assert aftercare.standing(turns(SUICIDE, language, *later), languages) is None
    assert aftercare.standing([Turn("user", "…", NOW)], languages) is None


ANSWERS = [
    ("en", "yes", False),
    ("en", "Yeah, I think about it every night.", False),
    ("en", "I don't know", False),
    ("en", "maybe… I guess", False),
    ("en", "No.", True),
    ("en", "no, I'm not. I was angry", True),
    ("en", "I'm safe for now", True),
    ("en", "im ok now, my brother came over", True),
    ("en", "I don't think I'm safe", False),
    ("en", "No. Well, yes, I am", False),
    ("en", "my boss is a nightmare", None),
    ("en", "no one ever listens to me", None),
    ("en", "nobody", False),
    ("de", "ja", False),
    ("de", "Ja, schon länger", False),
    ("de", "weiß nicht", False),
    ("de", "nein, nicht wirklich", True),
    ("de", "Nein!", True),
    ("de", "Ich bin gerade sicher", True),
    ("de", "ich bin nicht in Sicherheit", False),
    ("de", "Das Essen war kalt", None),
    ("es", "sí", False),
    ("es", "Sí, a veces", False),
    ("es", "no sé", False),
    ("es", "No, ahora no", True),
    ("es", "estoy a salvo", True),
    ("es", "no estoy a salvo", False),
    ("es", "no me gusta la lluvia", None),
    ("fr", "oui", False),
    ("fr", "ouais, souvent", False),
    ("fr", "peut-être", False),
    ("fr", "Non, pas du tout", True),
    ("fr", "Je suis en sécurité, merci", True),
    ("fr", "je ne suis pas en sécurité", False),
    ("fr", "il pleut encore", None),
    ("pt", "sim", False),
    ("pt", "sei lá", False),
    ("pt", "não, agora não", True),
    ("pt", "nao", True),
    ("pt", "estou em segurança", True),
    ("pt", "não estou em segurança", False),
    ("pt", "não gosto de chuva", None),
    ("hi", "हाँ", False),
    ("hi", "haan", False),
    ("hi", "पता नहीं", False),
    ("hi", "नहीं", True),
    ("hi", "nahi, ab theek hu", True),
    ("hi", "मैं सुरक्षित नहीं हूँ", False),
    ("hi", "आज बहुत बारिश हुई", None),
    ("ru", "да", False),
    ("ru", "Да, постоянно", False),
    ("ru", "не знаю", False),
    ("ru", "нет, сейчас нет", True),
    ("ru", "я в безопасности", True),
    ("ru", "я не в безопасности", False),
    ("ru", "опять идёт дождь", None),
    ("ar", "نعم", False),
    ("ar", "ايوه", False),
    ("ar", "لا أعرف", False),
    ("ar", "لا", True),
    ("ar", "أنا بأمان الآن", True),
    ("ar", "لست بأمان", False),
    ("ar", "المطر غزير اليوم", None),
]


@pytest.mark.parametrize(("language", "said", "safe"), ANSWERS)
def test_what_is_said_to_the_question(language: str, said: str, safe: bool | None) -> None:
    assert aftercare.is_safe(asked(SUICIDE, language), said) is safe


@pytest.mark.parametrize("language", words().languages)
def test_the_button_may_be_typed(language: str) -> None:
    label = texts(language)("crisis.button.safe")
    for kind in DangerKind:
        assert aftercare.is_safe(asked(Danger(kind, certain=True), language), label)


@pytest.mark.parametrize(
    "danger",
    [
        Danger(DangerKind.HURT, certain=True),
        Danger(DangerKind.MEDICAL, certain=True),
        Danger(DangerKind.SUICIDE, certain=True, other=True),
        safety.confirmed("suicide"),
    ],
)
def test_where_the_question_is_of_safety_a_yes_is_safe(danger: Danger) -> None:
    assert aftercare.is_safe(asked(danger, "en"), "yes") is True
    assert aftercare.is_safe(asked(danger, "en"), "no") is False
    assert aftercare.is_safe(asked(danger, "en"), "I'm not sure") is False


def test_a_card_shown_softly_is_taken_back() -> None:
    assert aftercare.relief(asked(SUICIDE, "en")) == "aftercare.safe"
    softly = Danger(DangerKind.SUICIDE, certain=False)
    assert aftercare.relief(asked(softly, "en")) == "aftercare.misread"


@pytest.mark.parametrize("certain", [True, False])
def test_somebody_at_ones_side_does_not_end_a_medical_emergency(certain: bool) -> None:
    danger = Danger(DangerKind.MEDICAL, certain=certain)
    assert aftercare.relief(asked(danger, "en")) == "aftercare.medical"
    assert "emergency number" in texts("en")("aftercare.medical")
