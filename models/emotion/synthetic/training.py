"""Train the converter: python -m models.emotion.synthetic.training

Adversarial (hinge), classification, cycle and identity losses, in the spirit of StarGAN-VC and
CAEmoCyGAN. Every few hundred steps leave a checkpoint in runs/synthetic; the same command goes on
from it, and what is learnt does not depend on the break. The speakers of the fold that is held
out are never read.
"""

import json
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.emotion.synthetic.network import Classifier, Converter, Critic, Size
from models.emotion.synthetic.speech import (
    Drawn,
    Speech,
    closed_loss,
    draw,
    gather_material,
    read_speech,
)

log = logging.getLogger("echomind.emotion.synthetic")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard is learnt."""

    size: Size = field(default_factory=Size)
    steps: int = 3000
    block: int = 100
    """Steps from one checkpoint to the next."""
    batch: int = 8
    frames: int = 128
    learning_rate: float = 3e-4
    """Of the converter; the critic's is twice as high. The second half fades both to nothing."""
    lessons: int = 600
    """Steps of the classifier, which learns first, from batches four times as large."""
    noise: float = 0.25
    """Deviation of what is laid over whatever the classifier hears, so that only a change that
    could be heard through it counts as another emotion."""
    classification: float = 4.0
    cycle: float = 3.0
    identity: float = 1.0
    average: float = 0.998
    """Decay of the moving average of the converter's weights, which is what is used."""
    seed: int = 5


class Run:
    """One training run, as it stands after some blocks."""

    def __init__(self, speech: Speech, plan: Plan, folder: Path) -> None:
        torch.manual_seed(plan.seed)
        self.speech, self.plan, self.folder = speech, plan, folder
        self.converter, self.critic = Converter(plan.size), Critic(plan.size)
        self.classifier = Classifier(plan.size)
        keep = get_ema_multi_avg_fn(plan.average)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self.converter, multi_avg_fn=keep)
        rate, betas = plan.learning_rate, (0.5, 0.99)
        self.maker = torch.optim.Adam(self.converter.parameters(), rate, betas)
        self.judge = torch.optim.Adam(self.critic.parameters(), 2 * rate, betas)
        self.history: list[dict[str, float]] = []
        """The mean losses of each block."""

    def learn(self) -> None:
        """Go on to the last block, leaving a checkpoint after each."""
        if not self.history:
            self.teach_classifier()
        while len(self.history) * self.plan.block < self.plan.steps:
            self.history.append(self.learn_block())
            log.info(json.dumps({"steps": len(self.history) * self.plan.block} | self.history[-1]))
            self.save()

    def teach_classifier(self) -> list[float]:
        """From real speech alone; → the loss of each step."""
        plan = self.plan
        torch.manual_seed(plan.seed)
        rng, chances = np.random.default_rng(plan.seed), self.speech.chances(by_class=True)
        optimizer = torch.optim.AdamW(self.classifier.parameters(), 1e-3, weight_decay=0.05)
        fading = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.lessons)
        losses = []
        self.classifier.train()
        for _ in range(plan.lessons):
            drawn = draw(self.speech, chances, (4 * plan.batch, plan.frames), rng)
            loss = closed_loss(self._heard(drawn.mels), drawn.labels, drawn.allowed)
            _descend(optimizer, loss)
            fading.step()
            losses.append(float(loss.detach()))
        self.classifier.eval().requires_grad_(False)
        log.info("classifier: loss %.3f", np.mean(losses[-50:]))
        return losses

    def _heard(self, mels: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            logits: Tensor = self.classifier(mels + self.plan.noise * torch.randn_like(mels))
        return logits

    def learn_block(self) -> dict[str, float]:
        plan, started = self.plan, time.monotonic()
        rng = np.random.default_rng((plan.seed, len(self.history)))
        torch.manual_seed(plan.seed + 1000 * len(self.history))
        left = 1 - len(self.history) * plan.block / plan.steps
        for optimizer, rate in ((self.maker, 1), (self.judge, 2)):
            for group in optimizer.param_groups:
                group["lr"] = rate * plan.learning_rate * min(1.0, 2 * left)
        chances = self.speech.chances(by_class=True)
        rows = []
        for _ in range(plan.block):
            rows.append(self._step(draw(self.speech, chances, (plan.batch, plan.frames), rng)))
        means = {name: round(sum(row[name] for row in rows) / len(rows), 4) for name in rows[0]}
        return means | {"seconds": round(time.monotonic() - started, 1)}

    def _step(self, drawn: Drawn) -> dict[str, float]:
        made, losses = self._teach_converter(drawn)
        losses |= self._teach_critic(drawn, made.detach())
        self.average.update_parameters(self.converter)
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _teach_converter(self, drawn: Drawn) -> tuple[Tensor, dict[str, Tensor]]:
        plan, spared = self.plan, len(drawn.mels) // 4
        self.critic.requires_grad_(False)
        with torch.autocast("cpu", torch.bfloat16):
            made = self.converter(drawn.mels, drawn.targets)
            realness = self.critic(made, drawn.targets)
            back = self.converter(made, drawn.labels)
            same = self.converter(drawn.mels[:spared], drawn.labels[:spared])
        losses = {
            "fooling": -realness.mean(),
            "class": closed_loss(self._heard(made), drawn.targets, drawn.allowed),
            "cycle": F.l1_loss(back, drawn.mels),
            "identity": F.l1_loss(same, drawn.mels[:spared]),
        }
        weights = (1.0, plan.classification, plan.cycle, plan.identity)
        weighted = (w * loss for w, loss in zip(weights, losses.values(), strict=True))
        _descend(self.maker, torch.stack([*weighted]).sum())
        self.critic.requires_grad_(True)
        return made, losses | {"change": F.l1_loss(made, drawn.mels)}

    def _teach_critic(self, drawn: Drawn, made: Tensor) -> dict[str, Tensor]:
        with torch.autocast("cpu", torch.bfloat16):
            both = torch.cat([drawn.mels, made])
            realness = self.critic(both, torch.cat([drawn.labels, drawn.targets]))
        real, synthetic = realness.chunk(2)
        adversarial = F.relu(1 - real).mean() + F.relu(1 + synthetic).mean()
        _descend(self.judge, adversarial)
        return {"critic": adversarial}

    def save(self) -> None:
        """Leave the state of the run where `resume` finds it, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / "checkpoint.part"
        state = {name: part.state_dict() for name, part in self._parts().items()}
        torch.save(state | {"history": self.history}, unfinished)
        unfinished.replace(self.folder / "checkpoint.pt")

    def resume(self) -> None:
        """Take up the last checkpoint, if there is one."""
        file = self.folder / "checkpoint.pt"
        if file.exists():
            state = torch.load(file, weights_only=True)
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
            self.classifier.eval().requires_grad_(False)
            self.history = state["history"]
            log.info("resumed after %d steps", len(self.history) * self.plan.block)

    def _parts(self) -> dict[str, torch.nn.Module | torch.optim.Optimizer]:
        names = ("converter", "critic", "classifier", "average", "maker", "judge")
        return {name: getattr(self, name) for name in names}


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    material = gather_material(log.info)
    speech = read_speech(material, material.training_positions())
    run = Run(speech, Plan(), material.config.runs / "synthetic")
    run.resume()
    run.learn()


if __name__ == "__main__":
    main()
