"""What prompts/ holds, and how it fails when it is not in order."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.catalogue import CAUTION_SECONDS, Daypart, Exercise, Kind
from pipeline.content import Content, load
from pipeline.errors import ContentError, EchoMindError
from pipeline.values import Emotion
from tests.strategies import NOW

ROOT = Path(__file__).parents[1]
PROMPTS = ROOT / "prompts"
CONTENT: Content = load(PROMPTS)
TEXTS = CONTENT.texts("en")
OF_ITSELF = re.compile(r"\b(therap\w+|diagnos\w+|patients?|miss(?:ed)? you|streaks?)\b", re.I)


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """A copy that may be spoilt."""
    return shutil.copytree(PROMPTS, tmp_path / "prompts")


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}: the test spoils nothing"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


SPOILT = [
    ("texts/en.toml", 'direction = "ltr"', 'direction = "up"', "language.direction"),
    ("texts/en.toml", 'name = "English"', "", "language.name"),
    ("texts/en.toml", 'name = "English"', "name = 3", "language.name"),
    ("texts/en.toml", 'no_feeling = "', 'no_feeling = "{', "answer.no_feeling"),
    ("texts/en.toml", 'no_feeling = "', 'no_feeling = "{a.b}', "answer.no_feeling"),
    ("texts/en.toml", 'no_feeling = "', 'no_feeling = "{}', "answer.no_feeling"),
    ("texts/en.toml", "[welcome]", "[welcome", "en.toml"),
    ("exercises.toml", 'kind = "breathing"', 'kind = "juggling"', "breath_478"),
    ("exercises.toml", 'eases = ["fearful", "angry"]', 'eases = ["hungry"]', "breath_478"),
    ("exercises.toml", 'eases = ["fearful", "angry"]', "eases = []", "breath_478"),
    ("exercises.toml", "arousal = -0.8", "arousal = -8", "breath_478"),
    ("exercises.toml", "arousal = -0.8\n", "", "arousal"),
    ("exercises.toml", "avoid = []", 'avoid = ["rain"]', "rain"),
    ("exercises.toml", 'say = "settle"', 'say = "unsettle"', "steps.unsettle"),
    ("exercises.toml", "pause = 4", 'pause = "long"', "no step"),
    ("exercises.toml", "pause = 4", "pause = 400", "takes"),
    ("exercises.toml", "[box_breathing]", "[other]", "exercises.toml: other"),
    ("exercises/en.toml", 'title = "Box breathing"', 'title = " "', "title is empty"),
    (
        "exercises/en.toml",
        "[breath_478]",
        '[juggling]\ntitle = "Juggling"\n[breath_478]',
        "juggling",
    ),
    ("persona.toml", "unsure =", "unsureness =", "unsure"),
    ("persona.toml", 'sad = "sad or low"', "", "sad"),
    ("persona.toml", 'en = "English"', "", "'en'"),
]


@pytest.mark.parametrize(("file", "old", "new", "named"), SPOILT)
def test_bad_content_fails_at_start_and_is_named(
    prompts: Path, file: str, old: str, new: str, named: str
) -> None:
    spoil(prompts / file, old, new)
    with pytest.raises(ContentError, match=re.escape(named)):
        load(prompts)


@pytest.mark.parametrize(
    "file", ["texts/en.toml", "exercises/en.toml", "exercises.toml", "persona.toml"]
)
def test_a_missing_file_is_named(prompts: Path, file: str) -> None:
    (prompts / file).unlink()
    with pytest.raises(ContentError, match=re.escape(file.split("/")[-1])):
        load(prompts)


class TestTranslation:
    """Another language must say all that English says."""

    @pytest.fixture
    def german(self, prompts: Path) -> Path:
        for folder in ("texts", "exercises"):
            shutil.copy(prompts / folder / "en.toml", prompts / folder / "de.toml")
        crisis = prompts / "crisis"
        if (crisis / "en.toml").exists() and not (crisis / "de.toml").exists():
            shutil.copy(crisis / "en.toml", crisis / "de.toml")
        return prompts

    def test_a_language_with_its_files_is_spoken(self, german: Path) -> None:
        spoil(german / "texts" / "de.toml", 'back = "Back"', 'back = "Zurück"')
        content = load(german)
        assert content.languages[0] == "en" and "de" in content.languages
        assert content.texts("de-AT")("button.back") == "Zurück"
        assert content.texts("xx")("button.back") == "Back"

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ('back = "Back"', "", "button.back"),
            ('back = "Back"', 'bag = "Back"', "button.bag"),
            ('back = "Back"', 'back = ["Back"]', "button.back"),
            ('back = "Back"', 'back = "{back}"', "button.back"),
            ('start = "▶ {title}"', 'start = "▶"', "button.start"),
        ],
    )
    def test_what_differs_is_named(self, german: Path, old: str, new: str, named: str) -> None:
        spoil(german / "texts" / "de.toml", old, new)
        with pytest.raises(ContentError, match=re.escape(named)):
            load(german)

    def test_variants_may_differ_in_number(self, german: Path) -> None:
        spoil(german / "texts" / "de.toml", '  "Hello, and welcome.",\n', "")
        assert len(load(german).texts("de").many("listener.welcome")) == 2

    def test_without_its_exercises_it_is_not_whole(self, german: Path) -> None:
        (german / "exercises" / "de.toml").unlink()
        with pytest.raises(ContentError, match=re.escape("de.toml")):
            load(german)

    def test_exercises_alone_are_no_language(self, german: Path) -> None:
        (german / "texts" / "de.toml").unlink()
        with pytest.raises(ContentError, match="only exercises"):
            load(german)


def keys_in_code() -> Iterator[tuple[str, str]]:
    """Every key that is named in full where a text is asked for, and where."""
    for path in (*(ROOT / "pipeline").glob("*.py"), *(ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ("texts", "many"):
                yield from ((key, path.name) for key in literals(node.args[0]) if "." in key)


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def test_every_text_that_the_code_asks_for_is_there() -> None:
    asked = set(keys_in_code())
    assert len(asked) > 10
    missing = [(key, file) for key, file in asked if key not in TEXTS.entries]
    assert not missing


def test_every_error_tells_the_user_what_to_do() -> None:
    def family(error: type[EchoMindError]) -> Iterator[type[EchoMindError]]:
        yield error
        for child in error.__subclasses__():
            yield from family(child)

    for error in family(EchoMindError):
        assert TEXTS(error.text, minutes=10)
    assert "10 minutes" in TEXTS("error.too_long", minutes=10)


def test_every_feeling_kind_and_weekday_has_words() -> None:
    for emotion in Emotion:
        assert TEXTS(f"feeling.{emotion}") and TEXTS(f"reason.eases.{emotion}")
        assert TEXTS.many(f"listener.guess.{emotion}")
    for kind in Kind:
        assert TEXTS(f"relax.kind.{kind}") and TEXTS.many(f"relax.words.{kind}")
    assert len(TEXTS.many("reason.helped_weekday")) == 7


@pytest.mark.parametrize("language", CONTENT.languages)
def test_named_feelings_have_a_tone(language: str) -> None:
    texts = CONTENT.texts(language)
    tones = {
        texts(key)
        for key in texts.entries
        if key.startswith("listener.named.") and key.endswith(".tone")
    }
    assert tones == {"hard", "good"}


def test_the_words_of_care_hold() -> None:
    introduction, help_text = TEXTS("welcome.introduction"), TEXTS("help.text", minutes=10)
    for text in (introduction, help_text, TEXTS("privacy.text")):
        assert "AI" in text and "no emergency service" in text
        assert "no substitute for professional care" in text and "guess" in text
    for key, entry in TEXTS.entries.items():
        for text in (entry,) if isinstance(entry, str) else entry:
            assert not OF_ITSELF.search(text), key
    assert not OF_ITSELF.search(PERSONA_WITHOUT_RULES)


PERSONA_WITHOUT_RULES = CONTENT.persona.character


def by_key(key: str) -> Exercise:
    return next(exercise for exercise in CONTENT.exercises if exercise.key == key)


def test_there_is_enough_to_do() -> None:
    assert len(CONTENT.exercises) >= 30
    assert {exercise.kind for exercise in CONTENT.exercises} == set(Kind)
    assert all(re.search(r"\b(19|20)\d\d\b", exercise.source) for exercise in CONTENT.exercises)


@pytest.mark.parametrize("language", CONTENT.languages)
@pytest.mark.parametrize("exercise", CONTENT.exercises, ids=lambda exercise: exercise.key)
def test_an_exercise_can_be_offered_and_guided(exercise: Exercise, language: str) -> None:
    texts = CONTENT.texts(language)
    assert not set(exercise.invitation(texts)) & set("?؟")
    cues = exercise.guided(texts)
    assert 60 <= exercise.seconds <= 300
    assert all(cue.text.strip() and cue.seconds > 0 for cue in cues)
    if caution := exercise.caution(texts):
        assert (cues[0].text, cues[0].seconds) == (caution, CAUTION_SECONDS)
    for cue in cues:
        if cue.counted:  # the cue is spoken within its beat
            assert len(cue.text.split()) / 2.2 <= cue.seconds


def test_a_478_breath_is_timed_so() -> None:
    beats = [cue.seconds for cue in by_key("breath_478").guided(TEXTS) if cue.counted]
    assert beats == [4, 7, 8] * 4


def test_parts_of_the_day() -> None:
    parts = [Daypart.of(NOW.replace(hour=hour)) for hour in (4, 5, 12, 17, 22)]
    assert parts == [
        Daypart.NIGHT,
        Daypart.MORNING,
        Daypart.AFTERNOON,
        Daypart.EVENING,
        Daypart.NIGHT,
    ]


def test_a_text_and_a_list_are_not_mistaken_for_each_other() -> None:
    with pytest.raises(KeyError):
        TEXTS("listener.welcome")
    with pytest.raises(KeyError):
        TEXTS.many("button.back")
