"""Themes and feelings of comments: how many are right, and how quickly, beside the usual baselines.

    python benchmarks/themes.py --data FOLDER

labels/own_comments.csv are comments we wrote of broadband, shops, banks, apps and software in seven languages, as
colloquial as we could: part development with mistakes in sight, part held-out before anything was read.

FOLDER holds nps_broadband_uk/verbatim.csv, app_feature_opinions/ground_truth.csv and intent_banking77/ (public data;
nothing of it is in this repository). Labels of the first are in labels/nps_broadband_uk.csv, by row: part development
was used to fit, part test never. Writes the quality to docs/reference/text-quality.md, the speed to performance.md.
"""

from __future__ import annotations

import argparse
import csv
import re
import resource
import sys
import time
import tomllib
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np

import table
from nineplus.stats.agreement import krippendorff
from nineplus.text.corrections import Correction, teach
from nineplus.text.evaluation import Labelled, calibration, compare, macro, micro, sentiment
from nineplus.text.heads import logistic, ridge
from nineplus.text.meaning import meaning_of
from nineplus.text.reading import NEGATIVE, NEUTRAL, POSITIVE, Reading
from nineplus.text.tagging import Reader
from nineplus.text.taxonomy import Taxonomy, Theme, packaged
from nineplus.text.vectors import vectors

HERE = Path(__file__).parent
QUALITY = HERE.parent / "docs" / "reference" / "text-quality.md"
START = """# Quality of themes and sentiment

Measured on public data that is not in this repository; every table is written by the command below it. Themes of
nps_broadband_uk were labelled by the makers: 130 comments to develop with, 120 to judge by, 150 of both a second time,
two hours later (see agreement below). Phrases and sentences of the taxonomy were written with mistakes on the
development part in sight, those on the other part never; the second pass of labels, made after them, did read both.
Read differences of a few points as none. Labels that are right but not called for count neither way.
"""
CUT = 330  # characters of a comment that were before the labeller
TAXONOMY = packaged("b2b")
WORD = re.compile(r"[a-z']+")
Given = list[frozenset[str]]


def labelled(data: Path) -> dict[str, list[Labelled]]:
    with (data / "nps_broadband_uk" / "verbatim.csv").open(encoding="utf-8", errors="replace") as file:
        texts = [" ".join(row["text"].split())[:CUT] for row in csv.DictReader(file)]
    parts: dict[str, list[Labelled]] = {"development": [], "test": []}
    with (HERE / "labels" / "nps_broadband_uk.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            themes, extra = (frozenset(filter(None, row[name].split(";"))) for name in ("themes", "accepted_extra"))
            parts[row["part"]].append(Labelled(texts[int(row["row"])], themes, row["sentiment"], extra))
    return parts


def app_sentences(data: Path) -> list[tuple[str, str]]:
    """Sentences whose features are all liked or all disliked, of the half that nothing was fitted on."""
    with (data / "app_feature_opinions" / "ground_truth.csv").open(encoding="utf-8", errors="replace") as file:
        rows = [
            (row["Sentence content"], bool(row["Feature (Positive)"]), bool(row["Feature (Negative)"]))
            for row in csv.DictReader(file)
        ]
    return [
        (text, POSITIVE if good else NEGATIVE)
        for text, good, bad in rows
        if good != bad and zlib.crc32(text.encode()) % 2 == 1
    ]


def keywords(comments: Sequence[str]) -> Given:
    """The usual list of keywords: single words of each theme, found anywhere."""
    known = {
        theme.slug: {seed.phrase for seed in theme.seeds_in("en") if seed.phrase.isalpha()} for theme in TAXONOMY.themes
    }
    return [
        frozenset(slug for slug, words in known.items() if words & set(WORD.findall(comment.lower())))
        for comment in comments
    ]


def by_meaning(comments: Sequence[str], threshold: float) -> Given:
    trained = meaning_of(TAXONOMY)
    scores = trained.themes.score(vectors(comments))
    return [frozenset(TAXONOMY.slugs[number] for number in np.flatnonzero(row >= threshold)) for row in scores]


class Tfidf:
    """TF-IDF of words and pairs with one logistic regression per label, in the dual: few examples, many words."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [Counter(self._grams(text)) for text in texts]
        spread = Counter(gram for each in counted for gram in each)
        self.place = {gram: number for number, gram in enumerate(g for g, n in spread.items() if n >= 2)}
        self.idf = np.array([np.log((1 + len(texts)) / (1 + spread[gram])) + 1 for gram in self.place])

    @staticmethod
    def _grams(text: str) -> list[str]:
        words = WORD.findall(text.lower())
        return words + [f"{a} {b}" for a, b in pairwise(words)]

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        made = np.zeros((len(texts), len(self.place)), dtype=np.float32)
        for number, text in enumerate(texts):
            for gram, n in Counter(self._grams(text)).items():
                if gram in self.place:
                    made[number, self.place[gram]] = 1 + np.log(n)
        made *= self.idf
        return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)


def tfidf_themes(train: Sequence[Labelled], comments: Sequence[str]) -> Given:
    model = Tfidf([each.text for each in train])
    known, new = model.rows([each.text for each in train]), model.rows(comments)
    left, size, right = np.linalg.svd(known, full_matrices=False)
    given: list[set[str]] = [set() for _ in comments]
    for slug in TAXONOMY.slugs:
        truth = np.array([slug in each.themes for each in train], dtype=float)
        if truth.sum() < 2:
            continue
        found = logistic(features=left * size, truth=truth, penalty=0.1)
        for number in np.flatnonzero(new @ (right.T @ found[:-1]) + found[-1] >= 0):
            given[number].add(slug)
    return [frozenset(each) for each in given]


def themes_of(readings: Sequence[Reading]) -> Given:
    return [frozenset(reading.themes) for reading in readings]


def top(labels: frozenset[str]) -> frozenset[str]:
    return frozenset(label.partition(".")[0] for label in labels)


def line(name: str, given: Given, truth: Sequence[Labelled]) -> list[str]:
    leaf = compare(given, truth)
    first = compare(
        [top(each) for each in given],
        [Labelled(each.text, top(each.themes), each.sentiment, top(each.extra)) for each in truth],
    )
    right = sum(each.right for each in leaf.values())
    wrong, missed = sum(each.wrong for each in leaf.values()), sum(each.missed for each in leaf.values())
    numbers = (right / max(right + wrong, 1), right / max(right + missed, 1), micro(leaf), macro(leaf), micro(first))
    return [name, *(f"{number:.2f}" for number in numbers), str(sum(not each for each in given))]


def vader(comments: Sequence[str]) -> list[str]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    scores = [analyser.polarity_scores(comment)["compound"] for comment in comments]
    return [POSITIVE if score >= 0.05 else NEGATIVE if score <= -0.05 else NEUTRAL for score in scores]


def feeling_line(name: str, given: Sequence[str], truth: Sequence[str]) -> list[str]:
    found = sentiment(given, truth)
    return [name, f"{found.accuracy_of_all:.2f}", f"{found.macro_f1:.2f}", str(found.abstained)]


def agreement() -> list[list[str]]:
    """The labels of the second pass beside the first: how far the same comments were read alike, by theme."""
    passes = []
    for name in ("nps_broadband_uk", "nps_broadband_uk_again"):
        with (HERE / "labels" / f"{name}.csv").open(encoding="utf-8") as file:
            passes.append({row["row"]: row for row in csv.DictReader(file)})
    first, second = passes
    everything: list[tuple[bool, bool]] = []
    rows = []
    for slug in TAXONOMY.slugs:
        pairs = [
            (slug in first[row]["themes"].split(";"), slug in again["themes"].split(";"))
            for row, again in second.items()
            if slug not in first[row]["accepted_extra"].split(";")
        ]
        everything += pairs
        if any(a or b for a, b in pairs):
            rows.append([slug, _alpha(pairs), str(sum(a for a, _ in pairs)), str(sum(b for _, b in pairs))])
    felt = [(first[row]["sentiment"], again["sentiment"]) for row, again in second.items()]
    both = [sum(a for a, _ in everything), sum(b for _, b in everything)]
    return [
        ["all themes", _alpha(everything), *map(str, both)],
        ["sentiment", _alpha(felt), str(len(felt)), str(len(felt))],
        *sorted(rows, key=lambda row: -int(row[2])),
    ]


def _alpha(pairs: Sequence[tuple[object, object]]) -> str:
    alpha = krippendorff(pairs).alpha
    return "–" if alpha is None else f"{alpha:.2f}"


def own_themes(data: Path) -> list[list[str]]:
    """A taxonomy of one's own, three examples a theme and no phrases, and what corrections teach it."""
    rows = {}
    for part in ("train", "test"):
        with (data / "intent_banking77" / f"{part}.csv").open(encoding="utf-8") as file:
            rows[part] = list(csv.DictReader(file))
    everything = sorted({row["category"] for row in rows["test"]})
    intents = [everything[number] for number in range(3, len(everything), 6) if number % 11]  # none was chosen by
    said = {name: [row["text"] for row in rows["train"] if row["category"] == name] for name in intents}
    slugs = {name: f"t{number}" for number, name in enumerate(intents)}
    taxonomy = Taxonomy(
        "own", "Own", 1, tuple(Theme(slugs[name], name, other=tuple(said[name][:3])) for name in intents)
    )
    test = [
        Labelled(row["text"], frozenset({slugs[row["category"]]})) for row in rows["test"] if row["category"] in said
    ]
    pool = [(text, name) for name in intents for text in said[name][3:]]
    np.random.default_rng(3).shuffle(pool)
    comments = [each.text for each in test]
    reader = Reader(taxonomy=taxonomy)
    made = [[f"{len(intents)} themes, three examples each", *_own_line(reader, comments, test), "–", "–"]]
    for most in (10, 50, 200):
        corrections = [
            Correction(text, slug, slugs[name] == slug) for text, name in pool[:most] for slug in taxonomy.slugs
        ]
        taught = teach(corrections, reader=reader, seed=1)
        after = _own_line(Reader(taxonomy=taxonomy, taught=taught), comments, test)
        made.append(
            [f"… and {most} comments labelled", *after, f"{taught.gain.before:.2f}", f"{taught.gain.after:.2f}"]
        )
    return made


def _own_line(reader: Reader, comments: Sequence[str], test: Sequence[Labelled]) -> list[str]:
    found = compare(themes_of(reader.read(comments)), test)
    return [f"{micro(found):.2f}", f"{macro(found):.2f}"]


def banking(data: Path, each: int) -> list[str]:
    """Requests by intent, from `each` examples of each: the head on vectors beside TF-IDF."""
    rows = {}
    for part in ("train", "test"):
        with (data / "intent_banking77" / f"{part}.csv").open(encoding="utf-8") as file:
            rows[part] = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    seen: Counter[str] = Counter()
    train = []
    for text, label in rows["train"]:
        seen[label] += 1
        if seen[label] <= each:
            train.append((text, label))
    test = rows["test"][::3]
    names = sorted(seen)
    targets = np.array([[1.0 if label == name else -1.0 for name in names] for _, label in train])
    truth = np.array([names.index(label) for _, label in test])
    model = Tfidf([text for text, _ in train])
    found = []
    for encode in (vectors, model.rows):
        head = ridge(vectors=encode([text for text, _ in train]), targets=targets, penalty=1.0)
        found.append((head.score(encode([text for text, _ in test])).argmax(axis=1) == truth).mean())
    return [f"{each} examples of each of {len(names)} intents", *(f"{share:.2f}" for share in found)]


def own_comments(part: str) -> dict[str, list[Labelled]]:
    """Comments we wrote ourselves, by language."""
    made: dict[str, list[Labelled]] = {}
    with (HERE / "labels" / "own_comments.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["part"] == part:
                themes, extra = (frozenset(filter(None, row[name].split(";"))) for name in ("themes", "accepted_extra"))
                made.setdefault(row["language"], []).append(Labelled(row["text"], themes, row["sentiment"], extra))
    return made


def other_trades() -> list[list[str]]:
    """The held-out comments of other trades, by language: themes and feelings beside keywords and VADER."""
    rows = []
    for language, truth in own_comments("held-out").items():
        texts, felt = [each.text for each in truth], [each.sentiment or "" for each in truth]
        found = [language, str(len(truth))]
        for mode in ("fast", "full"):
            readings = Reader(taxonomy=TAXONOMY, mode=mode).read(texts, expected=language)
            scored = compare(themes_of(readings), truth)
            felt_alike = sentiment([reading.sentiment.label for reading in readings], felt)
            found += [f"{micro(scored):.2f}", f"{macro(scored):.2f}", f"{felt_alike.accuracy_of_all:.2f}"]
        words = micro(compare(keywords(texts), truth))
        plain = sentiment(vader(texts), felt).accuracy_of_all
        rows.append([*found, f"{words:.2f}" if language == "en" else "–", f"{plain:.2f}"])
    return rows


SAMPLE = {
    "invoices": "billing", "waiting": "support", "people": "support", "ease": "ease", "reliability": "quality",
    "integrations": "integrations", "price": "pricing",
}  # fmt: skip


def languages() -> list[list[str]]:
    """What the sample company's customers write, by language, on the first level. Written by us, as our seeds were."""
    file = resources.files("nineplus.sample").joinpath("comments.toml")
    phrases = tomllib.loads(file.read_text(encoding="utf-8"))
    rows = []
    for language in ("en", "de", "fr", "es", "pt"):  # those the sample company's customers write in
        truth = [
            Labelled(text, frozenset({SAMPLE[theme]}), mood, frozenset(TAXONOMY.slugs) - set(SAMPLE.values()))
            for theme, moods in phrases.items()
            for mood, said in moods.items()
            if theme in SAMPLE
            for text in said.get(language, ())
        ]
        found = [language, str(len(truth))]
        for mode in ("fast", "full"):
            readings = Reader(taxonomy=TAXONOMY, mode=mode).read([each.text for each in truth], expected=language)
            given = [top(each) for each in themes_of(readings)]
            felt = sentiment([r.sentiment.label for r in readings], [each.sentiment or "" for each in truth])
            found += [f"{micro(compare(given, truth)):.2f}", f"{felt.accuracy_of_all:.2f}"]
        plain = sentiment(vader([each.text for each in truth]), [each.sentiment or "" for each in truth])
        found.append(f"{plain.accuracy_of_all:.2f}")
        rows.append(found)
    return rows


def section(name: str, title: str, head: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
    table.PAGE, table._START, before = QUALITY, START, (table.PAGE, table._START)
    table.write(name, title=title, head=head, rows=rows, command="python benchmarks/themes.py --data FOLDER", note=note)
    table.PAGE, table._START = before


def quality(data: Path) -> None:
    parts = labelled(data)
    train, test = parts["development"], parts["test"]
    comments = [each.text for each in test]
    fast, full = (Reader(taxonomy=TAXONOMY, mode=mode) for mode in ("fast", "full"))
    read_fast, read_full = fast.read(comments), full.read(comments)
    best = max(
        np.arange(-0.9, 0.1, 0.05),
        key=lambda edge: micro(compare(by_meaning([each.text for each in train], edge), train)),
    )
    rows = [
        line("keywords (single words, anywhere)", keywords(comments), test),
        line("TF-IDF + logistic regression, trained on 130", tfidf_themes(train, comments), test),
        line("meaning alone (vectors, whole comment)", by_meaning(comments, best), test),
        line("nineplus --fast (words)", themes_of(read_fast), test),
        line("nineplus (words and meaning)", themes_of(read_full), test),
    ]
    taught = {}
    for most in (10, 50, 130):
        corrections = [
            Correction(each.text, slug, slug in each.themes)
            for each in train[:most]
            for slug in TAXONOMY.slugs
            if slug not in each.extra and not TAXONOMY.theme(slug).general
        ]
        taught[most] = teach(corrections, reader=full, seed=1)
        reader = Reader(taxonomy=TAXONOMY, taught=taught[most])
        rows.append(line(f"… with the corrections of {most} comments", themes_of(reader.read(comments)), test))
    head = [
        "Themes, nps_broadband_uk, 120 comments",
        "precision",
        "recall",
        "micro F1",
        "macro F1",
        "F1, first level",
        "no theme",
    ]
    section("themes", "Themes", head, rows)
    per = compare(themes_of(read_full), test)
    section(
        "per-theme",
        "By theme",
        ["Theme", "precision", "recall", "F1", "comments"],
        [
            [
                name,
                *("–" if v is None else f"{v:.2f}" for v in (each.precision, each.recall, each.f1)),
                str(each.support),
            ]
            for name, each in sorted(per.items(), key=lambda item: -item[1].support)
        ],
    )
    said = [
        (m.sure, m.theme in each.themes)
        for r, each in zip(read_full, test, strict=True)
        for m in (*r.mentions, *r.doubtful)
        if m.theme not in each.extra
    ]
    section(
        "calibration",
        "Is it as sure as it says?",
        ["Said to be sure", "right", "labels"],
        [[f"{mean:.2f}", f"{share:.2f}", str(n)] for mean, share, n in calibration(*zip(*said, strict=True))],
    )
    curve = []
    for least in (0.5, 0.6, 0.7, 0.8, 0.9):
        given = [frozenset(m.theme for m in r.mentions if m.sure >= least) for r in read_full]
        curve.append(line(f"{least:.1f}", given, test))
    section("abstention", "The price of being sure", ["Threshold", *head[1:]], curve)
    sentences = app_sentences(data)
    sets = (
        ("nps_broadband_uk, 120 comments, four labels", comments, [each.sentiment or "" for each in test]),
        (
            f"app_feature_opinions, {len(sentences)} sentences, liked or disliked",
            [t for t, _ in sentences],
            [s for _, s in sentences],
        ),
    )
    for number, (name, texts, truth) in enumerate(sets):
        rows = [
            feeling_line("VADER", vader(texts), truth),
            feeling_line("nineplus --fast", [r.sentiment.label for r in fast.read(texts)], truth),
            feeling_line("nineplus", [r.sentiment.label for r in full.read(texts)], truth),
        ]
        section(
            f"sentiment-{number}",
            f"Sentiment: {name.partition(',')[0]}",
            [name, "accuracy", "macro F1", "abstained"],
            rows,
        )
    section(
        "trades",
        "Other trades, other languages",
        [
            "Written by us, never fitted on", "comments", "micro F1, --fast", "macro F1", "sentiment",
            "micro F1", "macro F1", "sentiment", "keywords", "VADER",
        ],
        other_trades(),
        note="Broadband, shops, banks, apps and software, in words as far from textbooks as we could: how the tool "
        "does where nobody prepared it. The exact theme of 25 counts, its parent is no help. Other languages "
        "than these seven that the encoder knows (ar, ja, ko, pl, ru, th, tr, zh) get themes and feeling by meaning "
        "alone; of any other only pictures and marks are felt, else the feeling is left open.",
    )  # fmt: skip
    section(
        "languages",
        "By language",
        ["The sample company's phrases", "phrases", "F1, --fast", "sentiment, --fast", "F1", "sentiment", "VADER"],
        languages(),
        note="Written by us, as the seeds were: it shows what is missing in a language, not how good it is elsewhere.",
    )
    section(
        "agreement",
        "Two passes over the same comments",
        ["150 comments of nps_broadband_uk", "Krippendorff's alpha", "first pass", "second pass"],
        agreement(),
        note="One labeller of the same kind both times, two hours apart: this is steadiness, not agreement of "
        "strangers; of the development part some first labels had been seen in between.",
    )
    section(
        "corrections",
        "What corrections teach",
        ["Themes from intent_banking77, all test requests of them", "micro F1", "macro F1", "gain: before", "after"],
        own_themes(data),
        note="A taxonomy of one's own, without phrases. The gain is what the cross-validation promised on the labels; "
        "only themes whose gain is beyond chance are switched on.",
    )
    section(
        "intents",
        "A head on vectors beside TF-IDF",
        ["intent_banking77, every third test request, accuracy", "vectors", "TF-IDF"],
        [banking(data, each) for each in (3, 10)],
        note="Not themes of ours: this shows what the vectors are worth when people give a few examples.",
    )


def timed(read: Callable[[list[str]], object], comments: list[str]) -> list[str]:
    read(comments[:50])
    wall, cpu = time.perf_counter(), time.process_time()
    read(comments)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return [f"{len(comments) / cpu:,.0f}", f"{len(comments) / wall:,.0f}"]


def speed(data: Path) -> None:
    with (data / "nps_broadband_uk" / "verbatim.csv").open(encoding="utf-8", errors="replace") as file:
        comments = list(dict.fromkeys(row["text"] for row in csv.DictReader(file)))
    fast, full = (Reader(taxonomy=TAXONOMY, mode=mode) for mode in ("fast", "full"))
    rows = []
    for name, read in (
        ("nineplus --fast", fast.read),
        ("nineplus", full.read),
        ("the encoder alone, whole comments", vectors),
    ):
        rows.append([name, *timed(read, comments), f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}"])
    table.write(
        "themes",
        title="Themes of comments",
        head=[
            f"{len(comments):,} distinct comments",
            "per second of one core",
            "per second by the clock, one process",
            "highest memory so far, MB",
        ],
        rows=rows,
        command="python benchmarks/themes.py --data FOLDER",
        note="By the clock with whatever else the machine did. The encoder is loaded and the heads are trained before.",
    )


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--only", choices=("quality", "speed"))
    told = asked.parse_args()
    if not (told.data / "nps_broadband_uk").is_dir():
        print(f"{told.data} holds no nps_broadband_uk: see the head of this script.", file=sys.stderr)
        return 2
    if told.only != "quality":
        speed(told.data)
    if told.only != "speed":
        quality(told.data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
