"""Measures the crisis floor on labelled phrases: recall and false alarms, by language.

`python -m tests.crisis_report [FILE…]` prints a table; without files it reads the repository's
own phrase sets. A phrase file is TSV with the columns language, expected (1 or 0), kind and text.

The wordings of `prompts/crisis/` have since been fitted to the first eight sets, and the second
reading learned from all of them, so today's figures say that nothing was lost, not how well unseen
phrases do. What each set gave on its first run does. From the third on they were made harder; the
ninth and later were written, mostly by language models asked to speak as many different people, in
ignorance of the wordings and of earlier sets. Nobody in distress wrote them, and neither native
speakers nor clinicians have reviewed them:

    set         wordings alone    false alarms    with the second reading
    first       213/226 94 %      11/191   6 %    (the wordings were written beside it)
    second      181/201 90 %       9/185   5 %
    third       198/230 86 %      34/182  19 %
    fourth       91/143 64 %       5/141   4 %
    fifth        97/142 68 %      15/133  11 %
    sixth        58/115 50 %       5/103   5 %
    seventh      42/79  53 %       1/58    2 %
    eighth       25/43  58 %       0/29    0 %
    ninth       436/575 76 %      59/593  10 %    504/575  88 %    89/593  15 %
    tenth       248/576 43 %      52/593   9 %    402/576  70 %   102/593  17 %
    eleventh    456/684 67 %      45/684   7 %    596/684  87 %   100/684  15 %
    twelfth     430/679 63 %      56/656   9 %    579/679  85 %   103/656  16 %
    thirteenth  403/643 63 %      34/671   5 %    525/643  82 %    49/671   7 %
    fourteenth  188/370 51 %      25/370   7 %    327/370  88 %    36/370  10 %
    fifteenth   132/370 36 %      22/370   6 %    264/370  71 %    45/370  12 %
    sixteenth   173/320 54 %      21/320   7 %    285/320  89 %    38/320  12 %
    seventeenth  98/320 31 %      18/320   6 %    236/320  74 %    39/320  12 %
    eighteenth  825/1815 45 %    139/1791  8 %   1380/1815 76 %   200/1791 11 %
    nineteenth  545/1610 34 %     71/1190  6 %   1301/1610 81 %   137/1190 12 %
    twentieth   508/1761 29 %    103/1765  6 %   1406/1761 80 %   259/1765 15 %
    twentyfirst 535/1040 51 %     71/1360  5 %    951/1040 91 %   144/1360 11 %

Each line's second reading was learned from the sets above it; the fifteenth was read together with
the fourteenth, the seventeenth with the sixteenth. Up to the twelfth its threshold was 0.6, which
showed the card for one in eight everyday messages, at the thirteenth it was 0.75. From the
fourteenth on it reads words and what they may mean besides letters, at 0.65: the weights before
that, which read letters alone, gave 74, 56, 76 and 45 % of the same four sets, with 10, 10, 9 and
8 % false alarms. The fourteenth and fifteenth are in English, Spanish, German and French, the
sixteenth and seventeenth in Portuguese, Russian, Hindi and Arabic. Of the four sets' 466 everyday
messages 20 brought the card. Many false alarms are denials ("I would never kill myself") and a past
that is over, where the card is better shown softly than not. The set `lessons` is no measure: it
was written beside the second reading, from between the fifteenth and the sixteenth on. Since the
seventeenth the threshold is 0.7. The nineteenth and twentieth were asked to be hard: what is heard
worst, second thoughts, sadness that is heavy and no danger. The twenty-first was asked for what a
companion would really be sent; 36 of its 680 everyday messages brought the card, and by the weights
before the eighteenth 864 of its 1,040 of danger would have (83 %).
"""

import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.content import Content, load
from pipeline.safety import find_danger

WRITTEN_BESIDE = (
    *("first", "second", "third", "fourth"),
    *("fifth", "sixth", "seventh", "eighth"),
)
"""The sets that the wordings were fitted to."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One labelled message."""

    language: str
    """ISO 639-1."""
    reaches: bool
    """Whether it should reach the help card."""
    kind: str
    """What sort of phrase it is, for the reader."""
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """How one language (or all of them) did."""

    language: str
    reached: int
    """Of those that should."""
    should: int
    alarms: int
    """Of those that should not."""
    others: int
    wrong: tuple[Phrase, ...]

    @property
    def recall(self) -> float:
        return self.reached / self.should if self.should else 1.0

    @property
    def false_alarms(self) -> float:
        return self.alarms / self.others if self.others else 0.0


Reaches = Callable[[Phrase], bool]


def read_phrases(paths: Iterable[Path]) -> tuple[Phrase, ...]:
    """The phrases of all files. Raises KeyError where a column is missing."""
    phrases = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                phrases.append(
                    Phrase(row["language"], row["expected"] == "1", row["kind"], row["text"])
                )
    return tuple(phrases)


def score(phrases: Sequence[Phrase], reaches: Reaches, language: str) -> Score:
    """How `reaches` does on the phrases of one language; on all of them for `all`."""
    mine = [phrase for phrase in phrases if language in ("all", phrase.language)]
    hit = {phrase: reaches(phrase) for phrase in mine}
    should = [phrase for phrase in mine if phrase.reaches]
    others = [phrase for phrase in mine if not phrase.reaches]
    return Score(
        language=language,
        reached=sum(hit[phrase] for phrase in should),
        should=len(should),
        alarms=sum(hit[phrase] for phrase in others),
        others=len(others),
        wrong=tuple(phrase for phrase in mine if hit[phrase] != phrase.reaches),
    )


def report(phrases: Sequence[Phrase], reaches: Reaches) -> str:
    """A table by language, the sum under it."""
    lines = [f"{'language':<10}{'reach the card':>20}{'false alarms':>20}"]
    for language in (*sorted({phrase.language for phrase in phrases}), "all"):
        one = score(phrases, reaches, language)
        reached = f"{one.reached}/{one.should} {one.recall:.1%}"
        alarms = f"{one.alarms}/{one.others} {one.false_alarms:.1%}"
        lines.append(f"{language:<10}{reached:>20}{alarms:>20}")
    return "\n".join(lines)


def by_the_wordings(content: Content) -> Reaches:
    """The wordings alone."""
    lexicons = content.lexicons
    return lambda phrase: find_danger(phrase.text, phrase.language, lexicons) is not None


def by_the_floor(content: Content) -> Reaches:
    """The whole deterministic floor: the wordings, then the second reading."""

    def reaches(phrase: Phrase) -> bool:
        second = content.second_reading
        return find_danger(phrase.text, phrase.language, content.lexicons, second) is not None

    return reaches


def main(arguments: Sequence[str], write: Callable[[str], object] = sys.stdout.write) -> None:
    """Every file as a table of its own."""
    root = Path(__file__).parents[1]
    files = [Path(argument) for argument in arguments]
    reaches = by_the_floor(load(root / "prompts"))
    for file in files or sorted((root / "tests" / "data" / "crisis").glob("*.tsv")):
        write(f"{file.name}\n{report(read_phrases([file]), reaches)}\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
