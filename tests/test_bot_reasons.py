"""Why?: the note is fetched once more, explained in a picture and a sentence, or it is gone."""

from collections.abc import AsyncIterator
from io import BytesIO

import matplotlib.image
import numpy as np
import pytest

from bot import spectrogram
from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from bot.reasons import caption
from pipeline.errors import EngineError
from pipeline.values import Against, Emotion, Reasons
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeExplainer, FakeRecognizer, FakeTranscriber

EN = words().texts("en")
WHY = EN("button.why")
OLDER = (Against.MORE, Against.LESS, Against.SAME)


@pytest.fixture
def explainer() -> FakeExplainer:
    return FakeExplainer(OLDER)


@pytest.fixture
async def scene(explainer: FakeExplainer) -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server, recognizer=FakeRecognizer(Emotion.SAD, 0.7), explainer=explainer)


async def answered(chat: Chat) -> Message:
    await chat.send_voice(NOTE)
    return await chat.wait_for("voice")


async def told(chat: Chat, message: Message) -> str | None:
    """What comes over the chat when it is asked why."""
    return (await (await chat.tap(WHY, message)).answered()).get("text")


async def test_a_picture_and_a_sentence_say_why(scene: Scene, explainer: FakeExplainer) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        assert await told(ada, answer) == EN("why.looking")
        picture = await ada.wait_for("photo", within=20)
    image = matplotlib.image.imread(BytesIO(picture.data), format="png")
    assert image.shape[:2] == (spectrogram.SIZE[1], spectrogram.SIZE[0])
    low = EN("feeling.sad")
    assert EN("why.picture", feeling=low) in (picture.caption or "")
    assert EN("why.pitch.more") in (picture.caption or "")
    ((seconds, emotion, usual),) = explainer.asked
    assert seconds > 1 and emotion is Emotion.SAD
    assert usual is not None and usual.notes == 1
    assert {"upload_photo"} <= {action.name for action in ada.actions}
    assert WHY in answer.buttons


async def test_in_doubt_it_says_why_as_well(scene: Scene) -> None:
    scene.recognizer = FakeRecognizer(Emotion.SAD, 0.3)
    async with scene.bot():
        assert WHY in (await answered(scene.chat())).buttons


async def test_there_is_no_why_without_a_guess_or_an_explainer(scene: Scene) -> None:
    async with scene.bot():
        assert WHY not in (await answered(scene.chat(1, reads_feelings=False))).buttons
        await scene.chat(2).send_text("work was hard")
    scene.explainer = None
    async with scene.bot():
        assert WHY not in (await answered(scene.chat(3))).buttons
    assert all(WHY not in message.buttons for message in scene.server.chat(2).messages)


async def test_there_is_no_why_under_the_help_card(scene: Scene) -> None:
    scene.transcriber = FakeTranscriber("I want to kill myself")
    ada = scene.chat()
    async with scene.bot():
        await ada.send_voice(NOTE)
        await ada.wait_for("text")
        await ada.wait_for("voice")
    assert all(WHY not in message.buttons for message in ada.messages)


async def test_a_note_that_telegram_has_no_more_is_told_kindly(
    scene: Scene, explainer: FakeExplainer
) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        note = scene.store.notes[1]
        reference = (note.reference or "").rpartition(":")[0] + ":gone"
        scene.store.notes[1] = type(note)(
            **{name: getattr(note, name) for name in note.__slots__ if name != "reference"},
            reference=reference,
        )
        await told(ada, answer)
        assert (await ada.wait_for("text")).text == EN("why.gone")
    assert not explainer.asked


async def test_a_forgotten_note_is_gone(scene: Scene, explainer: FakeExplainer) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        await scene.store.forget(ada.id)
        assert await told(ada, answer) == EN("why.gone")
    assert not explainer.asked


async def test_nobody_is_told_of_anothers_note(scene: Scene, explainer: FakeExplainer) -> None:
    ada, ben = scene.chat(1), scene.chat(2)
    async with scene.bot():
        await answered(ada)
        own = await answered(ben)
        (note,) = [number for number, row in scene.store.feelings.items() if row[0] == 1]
        tap = ben.tap_data(own, f"why:{note}:sad")
        assert (await tap.answered())["text"] == EN("why.gone")
    assert not explainer.asked


async def test_who_switched_reading_off_is_not_read_again(
    scene: Scene, explainer: FakeExplainer
) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        scene.chat(reads_feelings=False)
        assert await told(ada, answer) == EN("answer.no_feeling")
    assert not explainer.asked


async def test_an_engine_that_fails_is_told_and_may_be_asked_again(
    scene: Scene, explainer: FakeExplainer
) -> None:
    explainer.failing = [EngineError("out of memory")]
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        await told(ada, answer)
        assert (await ada.wait_for("text")).text == EN("why.unavailable")
        await told(ada, answer)
        await ada.wait_for("photo", within=20)


async def test_an_impatient_tap_is_not_answered_twice(
    scene: Scene, explainer: FakeExplainer
) -> None:
    explainer.seconds = 0.3
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        for _ in range(3):
            await told(ada, answer)
        await ada.wait_for("photo", within=20)
    assert len(explainer.asked) == 1


@pytest.mark.parametrize("data", ["why:", "why:1", "why:x:sad", "why:1:odd", "why:-1:sad"])
async def test_what_is_no_button_of_these_is_stale(scene: Scene, data: str) -> None:
    ada = scene.chat()
    async with scene.bot():
        answer = await answered(ada)
        tap = ada.tap_data(answer, data)
        assert (await tap.answered())["text"] == EN("button.stale")


def reasons(weights: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Reasons:
    rng = np.random.default_rng(0)
    mels = rng.normal(size=weights.shape).astype(np.float32)
    return Reasons(
        mels, weights, tuple(np.linspace(80, 7500, weights.shape[1])), 1.0, 3.0, Emotion.SAD
    )


def test_a_voice_that_is_not_known_yet_is_not_compared() -> None:
    flat = reasons(np.ones((300, 64), np.float32))
    assert caption(flat, Emotion.SAD, EN).endswith(EN("why.no_usual"))


def test_what_corrections_turned_a_guess_into_is_told_apart_from_the_sound() -> None:
    flat = reasons(np.ones((300, 64), np.float32))
    learned = EN("why.learned", feeling=EN("feeling.sad"))
    assert learned in caption(flat, Emotion.ANGRY, EN)
    assert learned not in caption(flat, Emotion.SAD, EN)


@pytest.mark.parametrize("language", words().languages)
def test_every_comparison_has_its_words(language: str) -> None:
    flat, texts = np.ones((300, 64), np.float32), words().texts(language)
    for against in Against:
        three = (Against.SAME, Against.LESS, against)
        compared = Reasons(flat, flat, (1.0,) * 64, 0.0, 3.0, Emotion.SAD, three)
        told = caption(compared, Emotion.ANGRY, texts)
        assert texts(f"why.pace.{against}") in told
        assert texts("why.loudness.less") in told


@pytest.mark.parametrize("language", words().languages)
def test_a_voice_that_is_all_as_usual_is_told_so_once(language: str) -> None:
    flat, texts = np.ones((300, 64), np.float32), words().texts(language)
    same = Reasons(flat, flat, (1.0,) * 64, 0.0, 3.0, Emotion.SAD, (Against.SAME,) * 3)
    told = caption(same, Emotion.SAD, texts)
    assert told.endswith(texts("why.all_same"))
    assert told.count(texts("why.pitch.same")) <= 1


def test_at_most_so_many_places_are_ringed() -> None:
    rng = np.random.default_rng(1)
    weights = np.zeros((300, 64), np.float32)
    for place in range(20):
        weights[15 * place : 15 * place + 8, 10:50] = 0.5 + 0.5 * rng.random()
    weightiest = spectrogram._weightiest(reasons(weights))
    above = weightiest >= np.quantile(weights, spectrogram.DECIDING)
    assert 0 < above.any(axis=1).sum() <= 8 * spectrogram.RINGS


@pytest.mark.parametrize("shape", [(1, 64), (3, 64), (40, 64), (1200, 64)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_any_note_can_be_drawn(shape: tuple[int, int], value: float) -> None:
    assert spectrogram.draw(reasons(np.full(shape, value, np.float32))).startswith(b"\x89PNG")
