"""The deterministic floor of the crisis path, and the card that it brings."""

import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.second_reading import learn
from pipeline.catalogue import Country, DangerKind, Helpline
from pipeline.content import load
from pipeline.errors import ContentError
from pipeline.lexicon import read_lexicon
from pipeline.safety import Danger, card, find_danger, is_doubtful, numbers, seen
from pipeline.second_reading import PASSAGE, Meanings, features, passages
from pipeline.spelling import Guarded, normalise
from pipeline.values import Person
from tests.crisis_report import (
    WRITTEN_BESIDE,
    Phrase,
    by_the_floor,
    by_the_wordings,
    main,
    read_phrases,
    report,
    score,
)

ROOT = Path(__file__).parents[1]
CONTENT = load(ROOT / "prompts")
LEXICONS = CONTENT.lexicons
EN = CONTENT.texts("en")
SETS = sorted((ROOT / "tests" / "data" / "crisis").glob("*.tsv"))
PHRASES = read_phrases(SETS)
FLOOR, WORDINGS = cache(by_the_floor(CONTENT)), cache(by_the_wordings(CONTENT))
"""Each phrase is read once for all tests."""
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "pt", "ru")
FITTED = read_phrases(path for path in SETS if path.stem in WRITTEN_BESIDE)
RECALL, FALSE_ALARMS = 0.98, 0.02
"""What the wordings must keep of the sets they were written beside, in every language."""
READ_RECALL, READ_FALSE_ALARMS = 0.92, 0.10
"""What wordings and second reading must keep of all sets; the later ones hold hard cases."""
SUICIDE = Danger(DangerKind.SUICIDE, certain=True)
HURT = Danger(DangerKind.HURT, certain=True)


def found(words: str, language: str | None = "en") -> Danger | None:
    return find_danger(words, language, LEXICONS)


# ── The phrase sets ──────────────────────────────────────────────────────────────────────────


def test_the_sets_are_large_and_speak_every_language() -> None:
    assert sum(phrase.reaches for phrase in PHRASES) >= 300
    assert sum(not phrase.reaches for phrase in PHRASES) >= 300
    assert {phrase.language for phrase in PHRASES} == set(LANGUAGES) == set(LEXICONS)
    assert len({(phrase.language, phrase.text) for phrase in PHRASES}) == len(PHRASES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_danger_reach_the_card_and_idioms_do_not(language: str) -> None:
    result = score(FITTED, WORDINGS, language)
    assert result.recall >= RECALL, [phrase.text for phrase in result.wrong if phrase.reaches]
    assert result.false_alarms <= FALSE_ALARMS, [p.text for p in result.wrong if not p.reaches]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_reading_adds_to_the_wordings(language: str) -> None:
    floor = score(PHRASES, FLOOR, language)
    wordings = score(PHRASES, WORDINGS, language)
    assert floor.recall >= READ_RECALL > wordings.recall
    assert floor.false_alarms <= READ_FALSE_ALARMS
    assert floor.reached > wordings.reached


def test_the_second_reading_shows_the_card_softly_and_never_takes_it_away() -> None:
    second = CONTENT.second_reading
    for phrase in PHRASES[::7]:
        plain = find_danger(phrase.text, phrase.language, LEXICONS)
        read = find_danger(phrase.text, phrase.language, LEXICONS, second)
        assert read == plain if plain is not None else read is None or not read.certain


def test_the_second_reading_is_what_its_phrases_teach() -> None:
    taught = learn(SETS, ROOT / "prompts")
    kept = CONTENT.second_reading
    assert tuple(taught["readings"]) == kept.readings
    assert np.abs(taught["weights"].astype(np.float32) - kept.weights).max() < 0.05


def test_words_mean_the_same_in_every_language() -> None:
    named = {language: known(LEXICONS[language].meanings) for language in LANGUAGES}
    assert all(meanings == named["en"] for meanings in named.values()), named


def known(meanings: Meanings) -> set[str]:
    return {meaning for all_of_them in meanings.stems.values() for meaning in all_of_them}


def test_the_longest_stem_tells_what_a_word_means() -> None:
    stems = {"hit ": ("hit",), "hi": ("greeting",), "black ey": ("bruise",), "eye ": ("eye",)}
    meanings = Meanings(stems, attached="wa")
    sentences = list(meanings.known(" he hit my black eyes . hired wahit "))
    assert sentences[0] == [(1, ("hit",)), (3, ("bruise",))]
    assert sentences[1] == [(0, ("greeting",)), (1, ("hit",))]


def test_a_remark_in_a_long_message_is_read_by_itself() -> None:
    text = " ".join(str(number) for number in range(40))
    parts = [part.split() for part in passages(text)]
    assert all(len(part) <= PASSAGE for part in parts)
    assert {word for part in parts for word in part} == set(text.split())
    assert list(passages(" a short one ")) == []


def test_who_did_it_to_whom_is_told_apart() -> None:
    english = LEXICONS["en"].meanings
    one, _ = features(" he hit me ", english)
    other, _ = features(" i hit him ", english)
    assert set(one) != set(other)
    assert set(features(" he hit me ", None)[0]) < set(one)


def test_the_report_counts_what_it_is_given() -> None:
    table = report(PHRASES, lambda phrase: phrase.reaches and phrase.language != "fr")
    lines = {line.split()[0]: line.split()[1:] for line in table.splitlines()}
    french = sum(phrase.reaches and phrase.language == "fr" for phrase in PHRASES)
    assert lines["fr"][:2] == [f"0/{french}", "0.0%"]
    assert lines["de"][1] == "100.0%" and lines["all"][3] == "0.0%"


def test_the_report_reads_files_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(
        "language\texpected\tkind\ttext\nen\t1\tx\tI want to die\nen\t0\tx\tnice day\n"
    )
    written: list[str] = []
    main([str(tmp_path / "mine.tsv")], written.append)
    assert "1/1 100.0%" in written[0] and "0/1 0.0%" in written[0]


# ── What is found ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("I want to kill myself", DangerKind.SUICIDE),
        ("I keep cutting myself", DangerKind.SELF_HARM),
        ("my husband hits me", DangerKind.HURT),
        ("I swallowed a whole bottle of pills", DangerKind.MEDICAL),
        ("I took all my pills because I want to die", DangerKind.MEDICAL),
    ],
)
def test_the_kind_chooses_the_wording(words: str, kind: DangerKind) -> None:
    assert found(words) == Danger(kind, certain=True)


def test_a_friend_in_danger_is_not_taken_for_the_speaker() -> None:
    assert found("my sister says she wants to kill herself") == Danger(
        DangerKind.SUICIDE, certain=True, other=True
    )
    both = found("my sister wants to kill herself and I want to die too")
    assert both == SUICIDE


def test_what_might_be_meant_otherwise_is_asked_softly() -> None:
    danger = found("I don't want to die")
    assert danger is not None and not danger.certain


@pytest.mark.parametrize(
    "words",
    [
        "I want to kill my self",
        "I WANT TO KILL MYSELF!!!",
        "i want to k*ll myself",
        "i want to k1ll myself",
        "i want to kiiilll myseeelf",
        "i want to k.i.l.l myself",
        "i want to k i l l  m y s e l f",
        "i want to ki\u200bll my\u00adself",
        "i want to kill mysefl",
        "I’m going to kill myself",
        "𝗜 𝘄𝗮𝗻𝘁 𝘁𝗼 𝗸𝗶𝗹𝗹 𝗺𝘆𝘀𝗲𝗹𝗳",
    ],
)
def test_spelling_hides_nothing(words: str) -> None:
    assert found(words) == SUICIDE


def test_an_idiom_beside_danger_hides_nothing() -> None:
    assert found("I nearly died laughing. But honestly I want to kill myself") == SUICIDE


@pytest.mark.parametrize(
    "words",
    [
        "after watching the movie I want to kill myself",
        "my mother died last year and since then I think about killing myself",
        "my grandfather died and I want to join him",
        "my phone died and I'm about to jump off the bridge",
        "ten years ago I tried to kill myself and I'm going to try again tonight",
        "he said he would kill me if I told anyone",
    ],
)
def test_a_film_a_death_or_a_past_explains_no_danger_away(words: str) -> None:
    assert found(words) is not None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "no chest pain but I can't breathe and my arm is numb"),
        ("en", "he never hit me until last night"),
        ("en", "asked if I had thoughts of killing myself I said no, but it was a lie"),
        ("en", "I retire on Friday, said goodbye to everyone and tonight I will kill myself"),
        ("en", "ten years ago I wanted to die, today I am fine they say, but I bought a rope"),
        ("en", "kill the process and then kill myself"),
        ("en", "self harm free for ten years until today, I cut again"),
        ("de", "mich schlägt keiner, aber ich will sterben"),
        ("es", "no voy a hacer ninguna locura, ya lo hice, me corté las venas"),
        ("fr", "j'ai voulu mourir, aujourd'hui je suis décidé à me tuer"),
        ("pt", "ninguém me bate mas quero me matar"),
        ("ru", "никто меня не бьёт, но я хочу умереть"),
        ("hi", "सीने में दर्द नहीं है पर साँस नहीं आ रही"),
        ("ar", "ما حدا بيضربني بس بدي موت"),
    ],
)
def test_what_is_denied_hides_nothing_that_is_said_beside_it(language: str, words: str) -> None:
    danger = found(words, language)
    assert danger is not None and danger.certain


def test_the_past_is_over_until_it_is_back() -> None:
    assert found("years ago I was suicidal, now I am well") is None
    assert found("years ago I was suicidal and now it is coming back") is not None


@pytest.mark.parametrize("guess", ["de", "ru", "xx", "", None, "en-US", "EN"])
def test_a_wrong_guess_of_the_language_hides_nothing(guess: str | None) -> None:
    assert found("I want to kill myself", guess) == SUICIDE


@pytest.mark.parametrize("words", ["не вижу смысла жить", "أنا عبء على الجميع", "मैं सब पर बोझ हूँ"])
def test_another_script_than_guessed_is_read_in_full(words: str) -> None:
    assert found(words, "en") is not None


@pytest.mark.parametrize("words", ["", " ", "...", "🙂", "\n\t", "*", "a", "1"])
def test_next_to_nothing_is_no_danger(words: str) -> None:
    assert found(words) is None


@given(st.text(max_size=300), st.sampled_from([*LANGUAGES, None]))
def test_any_text_is_read_without_fail(words: str, language: str | None) -> None:
    found(words, language)


@given(
    st.sampled_from([phrase for phrase in PHRASES if phrase.reaches and phrase.language == "en"])
)
def test_case_and_what_stands_around_change_nothing(phrase: Phrase) -> None:
    if found(phrase.text) is not None:
        assert found(phrase.text.upper()) is not None
        assert found(f"Hello there. {phrase.text}. See you.") is not None


# ── Spelling and notation ────────────────────────────────────────────────────────────────────


@given(st.text())
def test_normalised_words_stand_between_single_spaces(words: str) -> None:
    text = normalise(words)
    assert text == f" {' '.join(text.split())} "
    assert text == text.casefold()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("été", "ete"),
        ("ё", "е"),
        ("ज़िंदगी", "जिन्दगी"),
        ("हूँ", "हूं"),
        ("أُريدُ", "اريد"),
        ("حياة", "حياه"),
        ("أمـــوت", "اموت"),
        ("su1cide", "suicide"),
        ("unaliv3", "unalive"),
        ("don’t", "dont"),
    ],
)
def test_two_spellings_are_one(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_a_guarded_word_is_mended_and_real_words_are_left() -> None:
    guarded = Guarded(["suicide", "living"], ["lining", "loving"])
    assert guarded.mend(" suicde suiicde siucide s*icide ") == " suicide suicide suicide suicide "
    assert guarded.mend(" lining loving giving ") == " lining loving giving "


def table(**changes: object) -> dict[str, object]:
    danger = [{"kind": "suicide", "reach": "certain", "wordings": ["<want> (a|b c)? die .. x* $"]}]
    return {
        "language": "en",
        "letters": "a-z",
        "concepts": {"want": ["want to", "long(ing)? to"]},
        "danger": danger,
    } | changes


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (" want to die x ", True),
        (" want to b c die p q xyz . ", True),
        (" longing to a die xx ", True),
        (" want to die p q r x ", False),
        (" want to die p . x ", False),
        (" want to die x y ", False),
        (" want to dies x ", False),
    ],
)
def test_the_notation_reads_as_it_says(text: str, hit: bool) -> None:
    wording = read_lexicon(table()).signs[0].wording
    assert bool(wording.search(text)) is hit


@pytest.mark.parametrize(
    "wording", ["<unknown> die", "(a|b die", "?die", "kill( .. me)", "die <want>s", ""]
)
def test_a_broken_wording_fails_at_start(wording: str) -> None:
    danger = [{"kind": "suicide", "reach": "certain", "wordings": [wording] if wording else []}]
    with pytest.raises(ContentError, match=r"crisis/en\.toml"):
        read_lexicon(table(danger=danger))


@pytest.mark.parametrize("word", ["", "*", "three words here"])
def test_a_broken_meaning_fails_at_start(word: str) -> None:
    with pytest.raises(ContentError, match=r"crisis/en\.toml"):
        read_lexicon(table(meanings={"hit": [word]}))


# ── The card ─────────────────────────────────────────────────────────────────────────────────

LAND = Country(
    "112",
    (
        Helpline("Listeners", "116 123", ("call",), "24/7", "everyone", "https://a.example", ""),
        Helpline("Young", "116 111", ("call", "chat"), "", "youth", "https://b.example", ""),
        Helpline("Shelter", "55-55", ("call",), "24/7", "hurt", "https://c.example", ""),
        Helpline("Words", "741", ("text",), "24/7", "everyone", "https://d.example", "", "HOME"),
    ),
)


def shown(danger: Danger, person: Person) -> tuple[str, str]:
    made = card(danger, person, {"XX": LAND}, EN)
    return made.written, " ".join(made.spoken)


def test_emergency_first_then_the_lines_then_the_directory() -> None:
    written, spoken = shown(SUICIDE, Person(1, country="XX", adult=True))
    places = [written.index(part) for part in ("112", "116 123", "HOME → 741", "findahelpline.com")]
    assert places == sorted(places)
    assert "1 1 6, 1 2 3" in spoken and "1 1 2" in spoken
    assert EN("crisis.ask.suicide") in written and EN("crisis.ask.suicide") in spoken


def test_a_minor_gets_the_youth_line_first_and_an_adult_does_not_get_it() -> None:
    young, _ = shown(SUICIDE, Person(1, country="XX", adult=False))
    grown, _ = shown(SUICIDE, Person(1, country="XX", adult=True))
    unknown, _ = shown(SUICIDE, Person(1, country="XX"))
    assert young.index("116 111") < young.index("116 123")
    assert "116 111" not in grown
    assert unknown.index("116 123") < unknown.index("116 111")


def test_who_is_being_hurt_gets_the_lines_for_that_first() -> None:
    written, _ = shown(HURT, Person(1, country="XX", adult=True))
    assert written.index("55-55") < written.index("116 123")
    assert "55-55" not in shown(SUICIDE, Person(1, country="XX", adult=True))[0]


@pytest.mark.parametrize("country", [None, "ZZ"])
def test_without_a_country_the_directory_answers_and_it_is_asked(country: str | None) -> None:
    made = card(SUICIDE, Person(1, country=country), {"XX": LAND}, EN)
    assert "findahelpline.com" in made.written and "116 123" not in made.written
    assert EN("crisis.emergency_unknown") in made.written
    assert made.buttons[-1] == "crisis.button.country"


@pytest.mark.parametrize("language", CONTENT.languages)
@pytest.mark.parametrize("kind", DangerKind)
@pytest.mark.parametrize(("certain", "other"), [(True, False), (True, True), (False, False)])
def test_every_danger_has_its_words(
    language: str, kind: DangerKind, certain: bool, other: bool
) -> None:
    texts = CONTENT.texts(language)
    made = card(Danger(kind, certain, other), Person(1, country="US"), CONTENT.countries, texts)
    assert "911" in made.written and "988" in made.written
    assert all(texts(button) for button in made.buttons)
    assert "{" not in made.written + " ".join(made.spoken)
    assert all(made.spoken)


def test_the_lines_alone_for_those_who_have_the_card() -> None:
    told = numbers(Person(1, country="XX"), {"XX": LAND}, EN)
    assert told.index("112") < told.index("116 123") < told.index("findahelpline.com")


# ── The helplines ────────────────────────────────────────────────────────────────────────────


def test_at_least_forty_countries_each_with_somebody_to_turn_to() -> None:
    countries = CONTENT.countries
    assert len(countries) >= 40
    assert all(len(code) == 2 and code.isupper() for code in countries)
    assert all(country.emergency and country.lines for country in countries.values())


def test_known_numbers_stand() -> None:
    known = {
        ("US", "988"), ("US", "741741"), ("CA", "988"), ("GB", "116 123"), ("GB", "85258"),
        ("IE", "116 123"), ("FR", "3114"), ("DE", "0800 111 0 111"), ("ES", "024"), ("BR", "188"),
    }  # fmt: skip
    listed = {(code, line.number) for code, c in CONTENT.countries.items() for line in c.lines}
    assert known <= listed
    assert CONTENT.countries["GB"].emergency == "999"


def test_nobody_claims_to_have_checked_without_a_date() -> None:
    for country in CONTENT.countries.values():
        for line in country.lines:
            assert line.source.startswith("https://")
            assert line.checked == "" or time.strptime(line.checked, "%Y-%m-%d")


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ("suicide", DangerKind.SUICIDE),
        (" Self-harm.", DangerKind.SELF_HARM),
        ("**hurt**", DangerKind.HURT),
        ("medical\n\nThe message says", DangerKind.MEDICAL),
        ("none", None),
        ("None. It is not about suicide.", None),
        ("", None),
        ("I'm sorry, I cannot", None),
        ("нет", None),
    ],
)
def test_a_models_verdict_is_one_word_of_those_it_was_offered(
    verdict: str, kind: DangerKind | None
) -> None:
    assert seen(verdict) == (None if kind is None else Danger(kind, certain=False))


def test_what_is_plainly_harmless_is_not_worth_a_models_look() -> None:
    second = CONTENT.second_reading
    assert second is not None
    for said, doubtful in (
        ("the soup was good today", False),
        ("I have given away my records and my coat, somebody should enjoy them", True),
    ):
        assert is_doubtful(said, "en", LEXICONS, second) is doubtful
