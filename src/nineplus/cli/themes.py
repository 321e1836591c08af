"""nineplus themes, tag and evaluate: what comments of a file say. No server, no database, nothing sent anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from nineplus.text.evaluation import Labelled
    from nineplus.text.reading import Reading
    from nineplus.text.tagging import Reader
    from nineplus.text.taxonomy import Taxonomy

_THEMES = """What do the comments of this file say? Themes with their share, the feeling, and the words that show it.

Examples:

  nineplus themes responses.csv

  nineplus themes responses.csv --text "Why this score?" --pack telecom --json
"""
_TAG = """Write each comment's themes, sentiment, language and evidence.

Examples:

  nineplus tag responses.csv --text comment > tagged.csv

  nineplus tag responses.csv --text comment --json > tagged.jsonl

  nineplus tag million.csv --fast --processes 2 --output tagged.csv
"""
_EVALUATE = """How good are the labels on comments that people labelled?

The file has the columns text, themes (separated by ;), sentiment, and perhaps accepted_extra (labels that count neither
way); case and blanks do not matter, sentiments may be pos, neg, 1, -1 and the like. Where the file knows no mixed or no
neutral sentiment, ours is taken for the side to which it leans. --theme-map names a JSON, YAML, TOML or CSV file that
says which of its labels each of our themes stands for (a theme's entry holds for those below it; several labels: ;).

Examples:

  nineplus evaluate themes labelled.csv --theme-map map.json --json

  nineplus evaluate sentiment labelled.csv
"""

_Text = Annotated[str, typer.Option("--text", metavar="COLUMN", help="The column with the comments.")]
_Pack = Annotated[
    str,
    typer.Option(help="Themes: b2b, saas, retail, telecom, healthcare, hospitality, or a file.", metavar="NAME|FILE"),
]
_Fast = Annotated[bool, typer.Option("--fast", help="By words alone: ten times as quick, seven languages.")]
_Language = Annotated[str, typer.Option(help="The language most are in, as en: decides where it cannot be told.")]
_Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def register(app: typer.Typer) -> None:
    app.command("themes", help=_THEMES)(themes)
    app.command("tag", help=_TAG)(tag)
    evaluate = typer.Typer(help=_EVALUATE, no_args_is_help=True)
    evaluate.command("themes", help=_EVALUATE)(evaluate_themes)
    evaluate.command("sentiment", help=_EVALUATE)(evaluate_sentiment)
    app.add_typer(evaluate, name="evaluate")


def themes(
    file: Annotated[Path, typer.Argument(help="A file with comments.", metavar="FILE")],
    text: _Text = "",
    pack: _Pack = "b2b",
    fast: _Fast = False,
    language: _Language = "",
    as_json: _Json = False,
) -> None:
    from nineplus.text.masking import mask
    from nineplus.text.shares import count

    reader = _reader(pack, fast)
    comments = [comment for batch in _batches(file, text) for _, comment in batch]
    counted = count(reader.stream(comments, expected=language), taxonomy=reader.taxonomy)
    if as_json:
        rows = [
            {
                "theme": share.theme,
                "name": share.name,
                "comments": share.comments,
                "share": round(counted.of(share), 4),
                "sentiment": dict(share.sentiments),
                "evidence": [
                    {"comment": number, "start": quote.span.start, "end": quote.span.end, "sure": quote.sure}
                    for number, quote in share.quotes
                ],
            }
            for share in counted.themes
        ]
        answer = {
            "comments": counted.comments,
            "read": counted.read,
            "without_theme": counted.unnamed,
            "sentiment": dict(counted.sentiments),
            "languages": dict(counted.languages),
            "nothing_said": dict(counted.nothing),
            "themes": rows,
        }
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    typer.echo(
        f"{counted.comments:,} comments, {counted.read:,} say something; "
        f"no theme was sure enough in {counted.unnamed:,}."
    )
    for share in counted.themes:
        feelings = ", ".join(f"{number} {label}" for label, number in share.sentiments.most_common())
        typer.echo(f"\n{100 * counted.of(share):5.1f} %  {share.name} ({share.comments}: {feelings})")
        for number, quote in share.quotes[:2]:
            said = " ".join(mask(_around(comments[number], quote.span.start, quote.span.end)).split())
            typer.echo(f"         “{said}”")


def tag(
    file: Annotated[Path, typer.Argument(help="A file with comments.", metavar="FILE")],
    text: _Text = "",
    pack: _Pack = "b2b",
    fast: _Fast = False,
    language: _Language = "",
    as_json: _Json = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here; when stopped, the same command goes on.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that read at the same time.")] = 1,
) -> None:
    from nineplus.cli._tagging import HEAD, Asked, Output, after, rows, tagged

    taxonomy, column = _taxonomy(pack), _chosen_column(_open(file), file, text)
    told = [str(file.resolve()), file.stat().st_size, column, pack, taxonomy.version, fast, language, as_json]
    kept = Output(output, asked={"asked": told}) if output else None
    done = kept.done if kept else 0
    if done:
        typer.echo(f"Going on after {done:,} comments.", err=True)
    head = "" if as_json or done else rows([HEAD])
    asked = Asked(taxonomy, "fast" if fast else "full", language, as_json)
    with closing(kept) if kept else nullcontext():
        for portion, lines in tagged(after(_batches(file, column), done), asked=asked, processes=processes):
            said, head = head + lines, ""
            if kept is not None:
                kept.write(said, comments=len(portion))
            else:
                typer.echo(said, nl=False)
        if kept is not None:
            kept.finish()
            typer.echo(f"{kept.done:,} comments tagged.", err=True)


def evaluate_themes(
    file: Annotated[Path, typer.Argument(help="A file with labelled comments.", metavar="LABELLED")],
    theme_map: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Our themes to the labels of the file.")
    ] = None,
    pack: _Pack = "b2b",
    fast: _Fast = False,
    language: _Language = "",
    as_json: _Json = False,
) -> None:
    from nineplus.text.evaluation import compare, macro, mapped, micro
    from nineplus.text.labelled import spelled_alike

    reader = _reader(pack, fast)
    truth, names = spelled_alike(_labelled(file, needs="themes"), _theme_map(theme_map, reader.taxonomy))
    readings = reader.read([each.text for each in truth], expected=language)
    qualities = compare([mapped(reading, themes=names) for reading in readings], truth)
    answer: dict[str, Any] = {
        "n": len(truth),
        "micro_f1": _rounded(micro(qualities)),
        "macro_f1": _rounded(macro(qualities)),
        "themes": {
            name: {
                "precision": _rounded(each.precision),
                "recall": _rounded(each.recall),
                "f1": _rounded(each.f1),
                "support": each.support,
            }
            for name, each in qualities.items()
        },
        "sentiment": _feelings(readings, truth),
        "abstained": sum(not reading.mentions for reading in readings),
    }
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    typer.echo(
        f"{len(truth):,} comments: micro F1 {answer['micro_f1']}, macro F1 {answer['macro_f1']}, "
        f"{answer['abstained']} without a theme."
    )
    for name, each in sorted(answer["themes"].items(), key=lambda item: -item[1]["support"]):
        typer.echo(
            f"{name:32} precision {each['precision']}  recall {each['recall']}  F1 {each['f1']}  of {each['support']}"
        )
    typer.echo(_said(answer["sentiment"]))


def evaluate_sentiment(
    file: Annotated[Path, typer.Argument(help="A file with labelled comments.", metavar="LABELLED")],
    pack: _Pack = "b2b",
    fast: _Fast = False,
    language: _Language = "",
    as_json: _Json = False,
) -> None:
    truth = _labelled(file, needs="sentiment")
    readings = _reader(pack, fast).read([each.text for each in truth], expected=language)
    found = _feelings(readings, truth)
    answer = {"n": len(truth), "sentiment": found, "abstained": found["abstained"] if found else 0}
    typer.echo(json.dumps(answer, indent=2) if as_json else _said(found))


def _said(found: dict[str, Any] | None) -> str:
    if found is None:
        return "The file labels no sentiment."
    return (
        f"Sentiment: accuracy {found['accuracy']} over those given ({found['accuracy_of_all']} over all), "
        f"macro F1 {found['macro_f1']}, abstained {found['abstained']}."
    )


def _feelings(readings: list[Reading], truth: list[Labelled]) -> dict[str, Any] | None:
    from nineplus.text.evaluation import sentiment
    from nineplus.text.labelled import in_words_of

    used = {each.sentiment for each in truth if each.sentiment}
    pairs = [
        (in_words_of(reading.sentiment, used=used), each.sentiment)
        for reading, each in zip(readings, truth, strict=True)
    ]
    known = [(mine, theirs) for mine, theirs in pairs if theirs is not None]
    if not known:
        return None
    found = sentiment([mine for mine, _ in known], [theirs for _, theirs in known])
    return {
        "accuracy": _rounded(found.accuracy),
        "accuracy_of_all": _rounded(found.accuracy_of_all),
        "macro_f1": _rounded(found.macro_f1),
        "abstained": found.abstained,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _reader(pack: str, fast: bool) -> Reader:
    from nineplus.text.tagging import Reader

    return Reader(taxonomy=_taxonomy(pack), mode="fast" if fast else "full")


def _taxonomy(pack: str) -> Taxonomy:
    from nineplus.text.taxonomy import PACKS, WrongTaxonomy, packaged, taxonomy_from

    try:
        return packaged(pack) if pack in PACKS or not Path(pack).exists() else taxonomy_from(_plain(Path(pack)))
    except WrongTaxonomy as error:
        _fail(str(error))


def _theme_map(file: Path | None, taxonomy: Taxonomy) -> dict[str, str]:
    from nineplus.text.labelled import theme_map

    if file is None:
        return {}
    try:
        return theme_map(_rows_of(file) or _plain(file), slugs=taxonomy.slugs)
    except (ValueError, TypeError) as error:
        _fail(f"{file.name}: {error}")


def _rows_of(file: Path) -> list[list[str]]:
    """The rows of a CSV; nothing for another kind of file."""
    import csv

    if file.suffix.lower() not in (".csv", ".tsv"):
        return []
    with _readable(file), file.open(encoding="utf-8-sig", newline="") as lines:
        return [row[:2] for row in csv.reader(lines, delimiter="\t" if file.suffix.lower() == ".tsv" else ",")]


def _plain(file: Path) -> dict[str, Any]:
    """A JSON, YAML or TOML file as plain data."""
    import tomllib

    import yaml

    kind = file.suffix.lower()
    with _readable(file):
        text = file.read_text(encoding="utf-8-sig")
        try:
            data = (
                json.loads(text)
                if kind == ".json"
                else yaml.safe_load(text)
                if kind in (".yaml", ".yml")
                else tomllib.loads(text)
            )
        except (json.JSONDecodeError, yaml.YAMLError, tomllib.TOMLDecodeError) as error:
            _fail(f"{file.name} is neither JSON, YAML nor TOML: {error}.")
    if not isinstance(data, dict):
        _fail(f"{file.name} must hold names with values.")
    return data


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _fail(f"{file.name} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        _fail(f"{file.name} is not text in UTF-8.")


def _labelled(file: Path, *, needs: str) -> list[Labelled]:
    from nineplus.text.evaluation import Labelled
    from nineplus.text.labelled import labels_in, sentiment_named

    source = _open(file)
    places = {name.strip().casefold().replace(" ", "_"): number for number, name in enumerate(source.columns)}
    if needs not in places:
        _fail(f"{file.name} has no column {needs}. It has: {', '.join(source.columns)}.")
    if "text" not in places:
        places["text"] = source.columns.index(_comment_column(source))

    def cell(row: tuple[str | None, ...], name: str) -> str:
        return (row[places[name]] or "").strip() if name in places else ""

    return [
        Labelled(
            text=row[places["text"]] or "",
            themes=labels_in(cell(row, "themes")),
            sentiment=sentiment_named(cell(row, "sentiment")),
            extra=labels_in(cell(row, "accepted_extra")),
        )
        for raw in source.batches()
        for row in zip(*(column.to_pylist() for column in raw.columns), strict=True)
    ]


def _open(file: Path) -> Any:
    from nineplus.connectors.files import UnreadableFile, open_file

    try:
        return open_file(file)
    except UnreadableFile as error:
        _fail(str(error))


def _batches(file: Path, column: str) -> Iterator[list[tuple[int, str]]]:
    """The comments of a file with their lines, some thousands at a time."""
    source = _open(file)
    number = source.columns.index(_chosen_column(source, file, column))
    for raw in source.batches():
        texts = raw.columns[number].to_pylist()
        yield [(int(line), text or "") for line, text in zip(raw.lines, texts, strict=True)]


def _chosen_column(source: Any, file: Path, column: str) -> str:
    chosen = column or _comment_column(source)
    if chosen not in source.columns:
        _fail(f"{file.name} has no column {chosen!r}. It has: {', '.join(source.columns)}.")
    return chosen


def _comment_column(source: Any) -> str:
    """The column that holds comments: by what the import recognises, else by its name."""
    from nineplus.connectors.files import recognise

    found = [name for name, meaning in recognise(source).columns.items() if getattr(meaning, "field", "") == "comment"]
    named = [name for name in source.columns if name.strip().casefold() in ("text", "comment", "comments", "feedback")]
    if not (found or named):
        _fail(f"Which column holds the comments? Say it with --text. There are: {', '.join(source.columns)}.")
    return (found or named)[0]


def _around(comment: str, start: int, end: int, margin: int = 60) -> str:
    """The evidence with a little of what stands around it."""
    low, high = max(start - margin, 0), min(end + margin, len(comment))
    return ("…" if low else "") + comment[low:high] + ("…" if high < len(comment) else "")


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
