"""Train the network: python -m models.emotion.train [--config FILE] [--data FOLDER] …

One command from recordings to exported weights. Every epoch leaves a checkpoint in runs/, and the
same command goes on from the last one; epochs are seeded one by one, so that a run broken off and
resumed is the run that was never broken off.
"""

import argparse
import dataclasses
import json
import logging
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.emotion.batches import Batch, Clips, Draws, Preparation
from models.emotion.config import DEFAULT, Config, read_config
from models.emotion.curves import draw_curves
from models.emotion.distil import TeacherHead
from models.emotion.learning import Average, Losses, Student, loss_of
from models.emotion.material import Material, gather
from models.emotion.measuring import held_out_scores
from models.emotion.network import EmotionNetwork, Shape
from models.emotion.settling import settle
from models.emotion.voices import Voices

log = logging.getLogger("echomind.emotion.train")


Build = Callable[[Shape], EmotionNetwork]


class Run:
    """One training run, as it stands after some epochs."""

    def __init__(
        self, material: Material, name: str, device: torch.device, build: Build = EmotionNetwork
    ) -> None:
        config = material.config
        torch.manual_seed(config.seed)
        self.config, self.material, self.device = config, material, device
        self.folder = config.runs / name
        positions = material.training_positions()
        clips = material.clips(positions)
        self.draws = Draws(clips, config.weights)
        self.voices = Voices(clips.utterances, config.shape.emotions)
        passes = material.passes(log.info)
        self.preparation = Preparation(passes, self.voices, config.chances, config.seconds)
        self.build = build
        network = channels_last(build(config.shape))
        head = head_for(config.shape, clips) if config.teachers else None
        self.student = Student(network.to(device), head.to(device) if head else None)
        self.average = Average(network, config.average)
        self.optimizer = torch.optim.AdamW(self._parameters(), weight_decay=config.weight_decay)
        self.epoch, self.settled = 0, False
        self.history: list[dict[str, Any]] = []

    def _parameters(self) -> list[torch.nn.Parameter]:
        head = self.student.head
        return [*self.student.network.parameters(), *(head.parameters() if head else ())]

    def learn(self) -> None:
        """Go on to the last epoch, leaving a checkpoint after each."""
        while self.epoch < self.config.epochs:
            started = time.monotonic()
            loss = self._learn_epoch()
            self.epoch += 1
            row: dict[str, Any] = {"epoch": self.epoch, "loss": loss}
            row["seconds"] = round(time.monotonic() - started, 1)
            if self.epoch % 5 == 0 or self.epoch == self.config.epochs:
                row |= held_out_scores(self.averaged(), self.material)
            self.history.append(row)
            log.info(json.dumps(row))
            self.save()

    def settle(self) -> None:
        """Fit the layer that knows voices to the finished network, once."""
        if self.settled:
            return
        network = self.averaged()
        settle(network, self.draws, self.preparation.passes, losses_of(self.config))
        self.average.state = network.state_dict()
        self.settled = True
        self.save()

    def _learn_epoch(self) -> float:
        config = self.config
        rng = np.random.default_rng((config.seed, self.epoch))
        torch.manual_seed(config.seed * 100_003 + self.epoch)
        losses = losses_of(config)
        steps = config.draws // config.batch
        self.student.network.train()
        total = 0.0
        for step, chosen in enumerate(self.draws.epoch(config.draws, config.batch, rng)):
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(config, self.epoch + step / steps)
            batch = on_device(self.preparation.batch(self.draws, chosen, rng), self.device)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=config.bfloat16):
                loss, traits = loss_of(self.student, batch, losses, rng)
            if traits is not None:
                self.voices.remember(chosen, traits)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self._parameters(), 5.0)
            self.optimizer.step()
            self.average.follow(self.student.network)
            total += float(loss.detach())
        return total / steps

    def averaged(self) -> EmotionNetwork:
        """The network with the averaged weights, on the CPU, ready to be asked."""
        network = self.build(self.config.shape)
        network.load_state_dict(self.average.state)
        return network.eval()

    def save(self) -> None:
        """Leave the state of the run where `resume` finds it, whole or not at all."""
        head = self.student.head
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / "checkpoint.part"
        state = {
            "epoch": self.epoch,
            "settled": self.settled,
            "history": self.history,
            "network": self.student.network.state_dict(),
            "head": head.state_dict() if head else None,
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state,
            "average_steps": self.average.steps,
            "voices": torch.from_numpy(self.voices.traits),
        }
        torch.save(state, unfinished)
        unfinished.replace(self.folder / "checkpoint.pt")
        draw_curves(self.history, self.folder / "curves.png")

    def resume(self) -> None:
        """Take up the last checkpoint, if there is one."""
        file = self.folder / "checkpoint.pt"
        if not file.exists():
            return
        state = torch.load(file, map_location=self.device, weights_only=True)
        self.epoch, self.history = state["epoch"], state["history"]
        self.settled = bool(state.get("settled", False))
        self.student.network.load_state_dict(state["network"])
        if self.student.head is not None:
            self.student.head.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.load(state["average"], state["average_steps"])
        self.voices.traits[:] = state["voices"].cpu().numpy()
        log.info("resumed after epoch %d", self.epoch)


def channels_last(network: EmotionNetwork) -> EmotionNetwork:
    """The same network, its convolutions laid out as CPUs like them."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def learning_rate(config: Config, epoch: float) -> float:
    """A linear warm-up, then half a cosine down to nothing."""
    if epoch < config.warmup_epochs:
        return config.learning_rate * (epoch + 0.05) / config.warmup_epochs
    done = (epoch - config.warmup_epochs) / (config.epochs - config.warmup_epochs)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def head_for(shape: Shape, clips: Clips) -> TeacherHead:
    steps = len(clips.steps.mean) if clips.steps else 0
    return TeacherHead(2 * shape.hidden, shape.pooled, steps, clips.teacher.shape[1])


def losses_of(config: Config) -> Losses:
    named = {field.name: getattr(config, field.name) for field in dataclasses.fields(Losses)}
    return Losses(**named)


def on_device(batch: Batch, device: torch.device) -> Batch:
    moved = {f.name: getattr(batch, f.name).to(device) for f in dataclasses.fields(batch)}
    return Batch(**moved)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the emotion network.")
    parser.add_argument("--config", type=Path, default=DEFAULT)
    parser.add_argument("--data", type=Path, help="folder of the corpora, with its manifest.csv")
    parser.add_argument("--name", default="emotion", help="of the run's folder in runs/")
    parser.add_argument("--epochs", type=int, help="instead of the configuration's")
    parser.add_argument("--held-out", type=int, help="fold to hold out; -1 trains on all speakers")
    parser.add_argument(
        "--left-out", nargs="+", default=(), help="corpora to hold out whole, beside the fold"
    )
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(asked.threads)
    os.environ.setdefault("OMP_NUM_THREADS", str(asked.threads))
    changes = {"data": asked.data, "epochs": asked.epochs, "held_out": asked.held_out}
    config = read_config(asked.config)
    config = dataclasses.replace(config, **{k: v for k, v in changes.items() if v is not None})
    config = dataclasses.replace(config, left_out=tuple(asked.left_out))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        run = Run(gather(config, log.info), asked.name, device)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(str(error)) from error
    run.resume()
    run.learn()
    run.settle()


if __name__ == "__main__":
    main()
