"""How good are the labels? Precision, recall, F1 per theme, calibration and abstention, against what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nineplus.text.reading import UNSURE, Reading


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a person said of one comment. `extra` are labels that count neither way; None: feeling not labelled."""

    text: str
    themes: frozenset[str]
    sentiment: str | None = None
    extra: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts of one label: right, wrongly given, missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 0.0

    @property
    def support(self) -> int:
        return self.right + self.missed


def compare(given: Sequence[frozenset[str]], truth: Sequence[Labelled]) -> dict[str, Quality]:
    """Per label of the truth: what was right, wrong and missed. Labels that nobody uses in the truth are wrong
    wherever they are given, unless the comment accepts them as extra."""
    names = sorted({name for each in truth for name in each.themes} | {name for each in given for name in each})
    counted = {name: [0, 0, 0] for name in names}
    for said, label in zip(given, truth, strict=True):
        for name in said | label.themes:
            if name in label.extra and name not in label.themes:
                continue
            kind = 0 if name in said and name in label.themes else 1 if name in said else 2
            counted[name][kind] += 1
    return {name: Quality(*counts) for name, counts in counted.items()}


def micro(qualities: Mapping[str, Quality]) -> float:
    """F1 over all labels together: every label given or due weighs the same."""
    return Quality(
        sum(each.right for each in qualities.values()),
        sum(each.wrong for each in qualities.values()),
        sum(each.missed for each in qualities.values()),
    ).f1


def macro(qualities: Mapping[str, Quality]) -> float:
    """The mean of F1 over the labels that the truth uses: every label weighs the same."""
    used = [each.f1 for each in qualities.values() if each.support]
    return sum(used) / len(used) if used else 0.0


def mapped(reading: Reading, *, themes: Mapping[str, str], least: float = 0.0) -> frozenset[str]:
    """Our themes in the words of the file: by `themes` (slug → label; a parent's entry holds for its children;
    several labels are parted by ;, an empty one drops the theme). Without a map as they are."""
    named: set[str] = set()
    for mention in reading.mentions:
        if mention.sure >= least:
            slug = mention.theme
            label = themes.get(slug, themes.get(slug.partition(".")[0], slug if not themes else ""))
            named.update(part.strip() for part in label.split(";") if part.strip())
    return frozenset(named)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Feeling against what people said: accuracy over those not abstained, over all, and macro F1 over all."""

    accuracy: float
    accuracy_of_all: float
    macro_f1: float
    abstained: int


def sentiment(given: Sequence[str], truth: Sequence[str]) -> Agreement:
    """`given` may be unsure: that counts as wrong in the macro F1 and is left out of the accuracy."""
    pairs = list(zip(given, truth, strict=True))
    said = [(mine, theirs) for mine, theirs in pairs if mine != UNSURE]
    right = sum(mine == theirs for mine, theirs in said)
    labels = sorted(set(truth))
    each = []
    for label in labels:
        hit = sum(mine == theirs == label for mine, theirs in pairs)
        total = sum(mine == label for mine, _ in pairs) + sum(theirs == label for _, theirs in pairs)
        each.append(2 * hit / total if total else 0.0)
    return Agreement(
        right / len(said) if said else 0.0,
        right / len(pairs) if pairs else 0.0,
        sum(each) / len(each) if each else 0.0,
        len(pairs) - len(said),
    )


def calibration(chances: Sequence[float], right: Sequence[bool], *, bins: int = 5) -> list[tuple[float, float, int]]:
    """(mean chance, share that was right, how many) in `bins` equal parts of 0 to 1; empty parts are left out."""
    grouped: dict[int, list[tuple[float, bool]]] = {}
    for chance, hit in zip(chances, right, strict=True):
        grouped.setdefault(min(int(chance * bins), bins - 1), []).append((chance, hit))
    return [
        (sum(c for c, _ in each) / len(each), sum(h for _, h in each) / len(each), len(each))
        for _, each in sorted(grouped.items())
    ]
