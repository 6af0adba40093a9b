"""What stands in deploy/ agrees with the code: settings, paths, times. Nothing is run."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from bot.health import PATH
from bot.serving import GRACE
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "echomind.service"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
FILES = [*DEPLOY.rglob("*.*"), DEPLOY / "Dockerfile", ROOT / "docs" / "hosting.md"]


def unit() -> RawConfigParser:
    read = RawConfigParser(strict=False)  # Environment= stands there more than once
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(UNIT.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_named_there_is_one(file: Path) -> None:
    named = set(re.findall(r"ECHOMIND_([A-Z_]+)", file.read_text(encoding="utf-8")))
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_whatever_is_copied_exists_and_reaches_the_builder() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert len(copied) > 5
    for source in copied:
        assert (ROOT / source).exists() and f"!{source}" in let_in, source
    packages = {"bot", "models", "pipeline", "storage", "prompts", "run_bot.py"}
    assert packages <= set(copied)


def test_neither_secrets_nor_words_reach_the_builder() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not {"!.env", "!data", "!.", "!*"} & set(rules)


def test_the_health_check_asks_where_the_bot_tells() -> None:
    port = re.findall(r"ECHOMIND_HEALTH_PORT=(\d+)", DOCKERFILE)[0]
    assert f"http://127.0.0.1:{port}{PATH}" in DOCKERFILE


def test_compose_does_not_move_the_health_check_away() -> None:
    """An .env made for another way of running may name another port."""
    port = re.findall(r"ECHOMIND_HEALTH_PORT=(\d+)", DOCKERFILE)[0]
    assert f'ECHOMIND_HEALTH_PORT: "{port}"' in COMPOSE


def test_libraries_have_somewhere_to_write() -> None:
    """The rest is read-only: without these, matplotlib starts slowly and librosa not at all."""
    service = UNIT.read_text(encoding="utf-8")
    for name in ("HF_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR"):
        assert re.search(rf"\b{name}=/data/\w+", DOCKERFILE), name
        assert re.search(rf"^Environment={name}=/var/lib/echomind/\w+$", service, re.MULTILINE), (
            name
        )
    assert unit()["Service"]["StateDirectory"] == "echomind"
    assert "VOLUME /data" in DOCKERFILE


def test_answers_under_way_are_given_their_time() -> None:
    stop = int(re.findall(r"stop_grace_period: (\d+)s", COMPOSE)[0])
    assert stop > GRACE
    assert int(unit()["Service"]["TimeoutStopSec"]) > GRACE


def test_the_compose_file_is_whole() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    whole = yaml.safe_load(COMPOSE)
    services = whole["services"]
    assert set(services) == {"echomind", "ollama", "model"}
    build = services["echomind"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    named = {
        mount.partition(":")[0] for one in services.values() for mount in one.get("volumes", ())
    }
    assert named == set(whole["volumes"])
    assert "ports" not in services["ollama"]  # nobody outside talks to it
    assert services["echomind"]["environment"]["ECHOMIND_DATABASE"].startswith("/data/")
    assert "${ECHOMIND_OLLAMA_MODEL:-" + Settings(_env_file=None).ollama_model in COMPOSE


def test_the_unit_starts_the_bot_and_restarts_only_what_may_mend() -> None:
    service = unit()["Service"]
    assert service["ExecStart"] == f"{service['WorkingDirectory']}/.venv/bin/python run_bot.py"
    assert service["RestartPreventExitStatus"] == "2"  # run_bot.main: bad settings


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """With an interpreter and a user that there are here, which the unit's are not."""
    text = UNIT.read_text(encoding="utf-8").replace("/opt/echomind/.venv/bin/python", "/bin/sh")
    tried = tmp_path / "echomind.service"
    tried.write_text(text, encoding="utf-8")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tried],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    complaints = [line for line in found.stderr.splitlines() if "echomind.service" in line]
    assert complaints == []
