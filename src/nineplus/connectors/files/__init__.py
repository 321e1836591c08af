"""Tables in files: opened, recognised, converted to the canonical rows of mart.schema.SOURCES.

    source = open_file("answers.csv")
    mapping = recognise(source)                 # questions and problems are in it
    for batch in convert(source, mapping): ...  # batch.rows, batch.refused, batch.last_line

Another format is one more file here with a `plugs.FileFormat`.
"""

from nineplus.connectors.files import vendors
from nineplus.connectors.files.convert import EXTRA, Batch, convert
from nineplus.connectors.files.identity import KEYS
from nineplus.connectors.files.mapping import KINDS, BadMapping, Mapping, Meaning, Question
from nineplus.connectors.files.opening import open_file
from nineplus.connectors.files.recognise import recognise
from nineplus.connectors.files.refused import Refused, refused_csv, safe_cell
from nineplus.connectors.files.source import Source, UnreadableFile
from nineplus.connectors.files.together import read_all
from nineplus.connectors.files.told import merge_notes, refusal_notes

__all__ = [
    "EXTRA",
    "KEYS",
    "KINDS",
    "BadMapping",
    "Batch",
    "Mapping",
    "Meaning",
    "Question",
    "Refused",
    "Source",
    "UnreadableFile",
    "convert",
    "merge_notes",
    "open_file",
    "read_all",
    "recognise",
    "refusal_notes",
    "refused_csv",
    "safe_cell",
    "vendors",
]
