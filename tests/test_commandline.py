"""The command line as a person or a program uses it: its output, its exit codes, its complaints."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import audio
from pipeline.values import Emotion

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
NOTE = str(DATA / "jfk.wav")
KEYS = {
    *("transcript", "language", "emotion", "confidence", "probabilities", "mood", "suggestion"),
    *("reply", "crisis", "engines", "timings_ms", "voice"),
}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the program in an empty folder, away from any engine but the embedded ones."""

    def call(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {
            **{key: value for key, value in os.environ.items() if "ECHOMIND" not in key},
            "ECHOMIND_DATABASE": str(tmp_path / "echomind.db"),
            "ECHOMIND_OLLAMA_HOST": "http://127.0.0.1:9",
            "HF_HUB_OFFLINE": "1",
            # edge-tts is kept from the network: a proxy that nobody serves
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
        }
        return subprocess.run(
            [sys.executable, str(ROOT / "run_bot.py"), *arguments],
            cwd=tmp_path,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
        )

    return call


def test_answer_walks_the_whole_way(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "reply.ogg"
    done = run("answer", NOTE, "--out", str(out), "--user", "5", "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown.keys() == KEYS
    assert "country" in shown["transcript"]
    assert shown["language"] == "en"
    assert set(shown["probabilities"]) == {emotion.value for emotion in Emotion}
    assert sum(shown["probabilities"].values()) == pytest.approx(1, abs=0.01)
    assert shown["confidence"] == max(shown["probabilities"].values())
    assert set(shown["engines"]) == {"transcribe", "feel", "reply", "speak"}
    assert shown["reply"] and shown["mood"]["emotion"] in list(Emotion)
    assert shown["voice"] == str(out)
    assert audio.decode(out.read_bytes()).seconds > 1


def test_answer_for_a_person_to_read(run: Run) -> None:
    done = run("answer", NOTE)
    assert done.returncode == 0, done.stderr
    for label in ("transcript", "feeling", "mood", "reply", "transcribe", "total"):
        assert label in done.stdout


def test_feel_tells_a_line_a_file_and_goes_on_after_a_bad_one(run: Run, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("no sound at all")
    done = run("feel", NOTE, str(letter), str(DATA / "voice-note-george-7190.ogg"), "--json")
    assert done.returncode == 2
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in lines] == [NOTE, str(DATA / "voice-note-george-7190.ogg")]
    assert lines[0].keys() == {"file", "emotion", "confidence", "probabilities", "milliseconds"}
    assert len(done.stderr.splitlines()) == 1 and "letter.txt" in done.stderr


def test_check_finds_the_embedded_engines(run: Run) -> None:
    done = run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    for engine in ("pocketsphinx", "built-in listener", "espeak-ng", "ollama pull", "emotion"):
        assert engine in done.stdout
    for line in done.stdout.splitlines():
        if line.startswith("music"):
            engine, *rest = line.split()[1:]
            assert ("missing" in rest) is (engine == "spotify"), line
    assert "ECHOMIND_SPOTIFY_ID" in done.stdout and "search link" in done.stdout


def test_check_tells_of_a_spotify_that_does_not_answer(run: Run, tmp_path: Path) -> None:
    credentials = "ECHOMIND_SPOTIFY_ID=abc\nECHOMIND_SPOTIFY_SECRET=hush-hush\n"
    (tmp_path / ".env").write_text(credentials)
    done = run("check")
    assert done.returncode == 0, done.stdout + done.stderr  # music is found by a link all the same
    told = next(
        line for line in done.stdout.splitlines() if line.split()[:2] == ["music", "spotify"]
    )
    assert "missing" in told and "ECHOMIND" not in told
    assert "hush-hush" not in done.stdout + done.stderr


def test_crisis_reads_lines(run: Run) -> None:
    done = run("crisis", stdin="en\tI want to kill myself\nen\tthis traffic is killing me\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "0"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("answer", "missing.ogg"),
        ("answer",),
        ("answer", __file__),
        ("feel",),
        ("feel", "missing.ogg"),
        ("dance",),
    ],
)
def test_bad_usage_and_bad_input_are_told_plainly(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip() and "Traceback" not in done.stderr


def test_a_wrong_setting_is_told_by_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ECHOMIND_LONGEST_NOTE=forever\n")
    done = run("check")
    assert done.returncode == 2
    assert "ECHOMIND_LONGEST_NOTE" in done.stderr and "Traceback" not in done.stderr


def test_a_database_that_cannot_be_opened_makes_the_check_fail(run: Run, tmp_path: Path) -> None:
    (tmp_path / "echomind.db").write_bytes(b"this is no database " * 100)
    done = run("check")
    assert done.returncode == 1
    assert "database" in done.stdout


def test_without_a_token_the_sample_note_is_answered(run: Run, tmp_path: Path) -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert "ECHOMIND_TELEGRAM_TOKEN" in done.stdout.splitlines()[0]
    assert audio.decode((tmp_path / "reply.ogg").read_bytes()).seconds > 1


def test_help_can_be_read(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in ("answer", "feel", "check", "crisis"):
        assert command in done.stdout
