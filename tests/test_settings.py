"""What the owner sets: names, forms, defaults, and what is told of a wrong value."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings, complaints, misspelt, new_key


@pytest.fixture(autouse=True)
def empty_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ECHOMIND_{name.upper()}", raising=False)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)


def test_everything_has_a_default() -> None:
    settings = Settings()
    assert settings.telegram_token is None
    assert settings.allowed_users == frozenset()
    assert settings.longest_note == 10


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("ECHOMIND_LONGEST_NOTE=3\nECHOMIND_SURENESS=0.7\nOTHER=1\n")
    monkeypatch.setenv("ECHOMIND_LONGEST_NOTE", "5")
    settings = Settings()
    assert (settings.longest_note, settings.sureness) == (5, 0.7)


@pytest.mark.parametrize("written", ["1,2", "1 2", " 1, 2 "])
def test_users_are_written_with_commas_or_spaces(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOMIND_ALLOWED_USERS", written)
    assert Settings().allowed_users == {1, 2}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_USERS", "ada"),
        ("LONGEST_NOTE", "-1"),
        ("WEBHOOK_PORT", "99999"),
        ("WHISPER_DEVICE", "toaster"),
        ("SURENESS", "2"),
        ("TELEGRAM_BASE_URL", "api.example.org"),
        ("LOG_LEVEL", "LOUD"),
        ("WORDS_KEY", "letmein"),
        ("WORDS_DAYS", "0"),
        ("DAILY_QUOTA", "-1"),
        ("HEALTH_PORT", "0"),
    ],
)
def test_a_wrong_value_is_told_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ECHOMIND_{name}", value)
    with pytest.raises(ValidationError) as told:
        Settings()
    assert told.value.errors()[0]["loc"][0] == name.lower()


def test_a_misspelt_name_in_the_file_is_told() -> None:
    Path(".env").write_text("ECHOMIND_TELEGRAM_TOKNE=1:a\n")
    with pytest.raises(ValidationError, match="telegram_tokne"):
        Settings()


def test_a_webhook_needs_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHOMIND_WEBHOOK_URL", "https://bot.example.org/hook")
    with pytest.raises(ValidationError, match="ECHOMIND_WEBHOOK_SECRET"):
        Settings()


@pytest.mark.parametrize("form", ["", "/", "/bot", "/bot/"])
def test_a_servers_address_is_enough(form: str) -> None:
    settings = Settings(telegram_base_url=f"http://127.0.0.1:8081{form}")
    assert settings.bot_api == ("http://127.0.0.1:8081/bot", "http://127.0.0.1:8081/file/bot")


def test_files_may_lie_elsewhere() -> None:
    settings = Settings(
        telegram_base_url="http://127.0.0.1:1/bot",
        telegram_base_file_url="http://127.0.0.1:2/file/bot",
    )
    assert settings.bot_api == ("http://127.0.0.1:1/bot", "http://127.0.0.1:2/file/bot")


def test_ollamas_own_variable_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    assert Settings().ollama_host == "127.0.0.1:9"
    monkeypatch.setenv("ECHOMIND_OLLAMA_HOST", "http://127.0.0.1:8")
    assert Settings().ollama_host == "http://127.0.0.1:8"


def test_secrets_stay_out_of_sight() -> None:
    key = new_key()
    shown = repr(Settings(telegram_token="12:secret", words_key=key))
    assert "12:secret" not in shown and key not in shown


def test_keys_are_new_each_time_and_may_follow_one_another() -> None:
    new, old = new_key(), new_key()
    assert new != old
    kept = Settings(words_key=f"{new},{old}").words_key
    assert kept is not None and kept.get_secret_value() == f"{new},{old}"


def test_the_example_names_every_setting_and_no_other() -> None:
    example = (Path(__file__).parents[1] / ".env.example").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"ECHOMIND_{name.upper()}=" in example, f"{name} is not in .env.example"
    named = {
        line.lstrip("# ").partition("=")[0]
        for line in example.splitlines()
        if line.startswith("# ECHOMIND_")
    }
    assert named == {f"ECHOMIND_{name.upper()}" for name in Settings.model_fields}


def test_the_readme_tells_every_setting_and_its_default() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \| *(.*?) *\|", readme, re.MULTILINE)
    told = [(re.findall(r"`([A-Z_]+)`", names), default) for names, default in rows]
    named = [name.lower() for names, _ in told for name in names]
    assert sorted(named) == sorted(Settings.model_fields)
    for names, default in told:
        if literal := re.findall(r"`([^`]+)`|\b(\d[\d.]*)", default):
            set_to = [Settings.model_fields[name.lower()].default for name in names]
            assert ["".join(one) for one in literal] == [
                str(one).lower() if isinstance(one, bool) else str(one) for one in set_to
            ]


def test_what_is_wrong_is_told_by_the_names_that_were_written() -> None:
    Path(".env").write_text("ECHOMIND_TELEGRAM_TOKE=1\nECHOMIND_SURENESS=sure\n")
    with pytest.raises(ValidationError) as wrong:
        Settings()
    sureness, token = sorted(complaints(wrong.value))
    assert sureness.startswith("ECHOMIND_SURENESS: Input should be")
    assert token == ("ECHOMIND_TELEGRAM_TOKE is no setting; did you mean ECHOMIND_TELEGRAM_TOKEN?")
    Path(".env").write_text("ECHOMIND_WEBHOOK_URL=https://bot.example.org\n")
    with pytest.raises(ValidationError) as wrong:
        Settings()
    assert complaints(wrong.value) == [
        "ECHOMIND_WEBHOOK_SECRET is needed with ECHOMIND_WEBHOOK_URL"
    ]


def test_a_misspelt_name_in_the_environment_is_told() -> None:
    named = ["PATH", "ECHOMIND_OWNERS", "ECHOMIND_OWNER", "ECHOMIND_XYZ", "ECHOMIND_TEST_ONLINE"]
    assert misspelt(named) == [
        "ECHOMIND_OWNER is no setting; did you mean ECHOMIND_OWNERS?",
        "ECHOMIND_XYZ is no setting",
    ]


@pytest.mark.parametrize("alone", ["ID", "SECRET"])
def test_spotify_needs_both_its_id_and_its_secret(
    alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ECHOMIND_SPOTIFY_{alone}", "abc")
    with pytest.raises(ValidationError, match="need one another"):
        Settings()
