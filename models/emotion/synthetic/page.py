"""The study as a section of Markdown; every figure in it is read from its results."""

from typing import Any

NAMES = {
    "real": "real speech only",
    "mixed": "real, with mixup",
    "repeated": "real, rare classes repeated",
    "converted": "real, and rare classes converted",
}
"""What the arms are called on the page."""


def render(results: dict[str, Any]) -> str:
    """Protocol, figures and verdict."""
    return "\n".join(
        [
            "## Synthetic voices for rare feelings\n",
            _protocol(results["protocol"]),
            "![Conversions](synthetic/examples.png)\n",
            "### Does a conversion carry the feeling?\n",
            _conversion(results["conversion"]),
            "### Does it help to learn from conversions?\n",
            _table(results["figures"], signed=False),
            "What an arm gains over another, on the same draws of speakers and clips:\n",
            _table(results["gains"], signed=True),
            verdict(results),
            "Computed by `python -m models.emotion.synthetic.training`, then "
            "`python -m models.emotion.synthetic.study`.\n",
        ]
    )


def _protocol(protocol: dict[str, Any]) -> str:
    added = ", ".join(f"{name} {count}" for name, count in protocol["added clips"].items())
    return (
        f"A conditional converter of log-mels ({protocol['converter parameters'] / 1e6:.2f} M "
        f"parameters, {protocol['converter steps']} steps), cycle-consistent and adversarial in "
        "the spirit of CAEmoCyGAN and StarGAN-VC, was taught to say a clip in another emotion of "
        f"its corpus. It and every listener here learn from {protocol['training speakers']} "
        f"speakers of RAVDESS, EmoDB, SAVEE and nEMO ({protocol['training clips']} clips) and are "
        f"asked about {protocol['held-out speakers']} they never heard "
        f"({protocol['held-out clips']} clips). Each listener is a small network of the shipped "
        f"kind on log-mels alone, taught {protocol['steps']} steps of {protocol['batch']} clips "
        f"with the same augmentation of features, with {protocol['seeds']} seeds. Rare classes "
        "are filled up to the commonest class of their corpus, by conversions of other emotions' "
        f"clips or by repeating real ones: {added}. Means weigh corpora alike; an interval is the "
        "middle 95 % of 2000 draws of speakers within corpora and of clips within speakers, the "
        "same for all arms. With so few speakers, one of them SAVEE's only one, it is rough.\n"
    )


def _conversion(conversion: dict[str, Any]) -> str:
    rows = [
        ("a real clip is heard as what it is", "real, heard as what it is"),
        ("a real clip is heard as the target (chance)", "real, heard as the target"),
        ("a converted clip is heard as the target", "converted, heard as the target"),
        ("a converted clip is still heard as it was", "converted, still heard as what it was"),
        ("converted there and back, as it was", "converted back, heard as what it was"),
    ]
    by_target = conversion["by target"].items()
    targets = ", ".join(f"{name} {share:.2f}" for name, share in by_target)
    return "\n".join(
        [
            f"{conversion['clips']} held-out clips, each converted to one other emotion, labelled "
            "by a listener that learnt from real speech alone (not by the converter's own "
            "classifier):\n",
            "| how often | share |",
            "| --- | --- |",
            *(f"| {words} | {conversion[key]:.3f} |" for words, key in rows),
            "",
            f"Heard as the target, by target: {targets}. A conversion moves the log-mels by "
            f"{conversion['change']:.2f} of their deviation on average; there and back again "
            f"leaves {conversion['cycle']:.2f}.\n",
        ]
    )


def _table(scores: dict[str, dict[str, list[float]]], signed: bool) -> str:
    figures = [*next(iter(scores.values()))]
    rows = [
        f"| {_named(who)} | " + " | ".join(_cell(row[f], signed) for f in figures) + " |"
        for who, row in scores.items()
    ]
    head = "| taught on | " + " | ".join(figures) + " |"
    return "\n".join([head, "|" + " --- |" * (len(figures) + 1), *rows, ""])


def _named(who: str) -> str:
    return " − ".join(NAMES[arm] for arm in who.split(" − "))


def _cell(interval: list[float], signed: bool) -> str:
    value, low, high = interval
    return f"{value:+.3f} ({low:+.2f} … {high:+.2f})" if signed else f"{value:.3f}"


def helps(results: dict[str, Any]) -> bool:
    """Whether rare classes are surely heard better than by real speech, and by repeating it."""
    gains = results["gains"]
    against = (gains["converted − real"], gains["converted − repeated"])
    return all(gain["rare recall"][1] > 0 for gain in against)


def verdict(results: dict[str, Any]) -> str:
    """In plain words, from the figures."""
    over_real = results["gains"]["converted − real"]
    over_repeats = results["gains"]["converted − repeated"]["rare recall"]
    rare, uar = over_real["rare recall"], over_real["UAR"]
    found = (
        f"Conversions changed the recall of rare classes on unseen speakers by {rare[0]:+.3f} "
        f"({rare[1]:+.2f} … {rare[2]:+.2f}) against real speech alone, by {over_repeats[0]:+.3f} "
        f"({over_repeats[1]:+.2f} … {over_repeats[2]:+.2f}) against plain repetition of real "
        f"clips, and UAR by {uar[0]:+.3f} ({uar[1]:+.2f} … {uar[2]:+.2f})."
    )
    if helps(results):
        return f"**Verdict: they help.** {found}\n"
    return (
        f"**Verdict: no help that can be shown, so they are not trained on.** {found} A gain is "
        "only believed where both intervals for rare classes lie above zero.\n"
    )
