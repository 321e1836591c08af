"""The sample company exported to files comes back as it was: every kind, every column."""

from __future__ import annotations

import json
from datetime import date

from nineplus.connectors.files import comments, open_file, read_all, recognise
from nineplus.sample.company import company
from nineplus.sample.export import export


def test_every_kind_comes_back_as_it_was(tmp_path):
    made = company(until=date(2026, 7, 1), accounts=40, contacts=200, tickets=500)
    for path in export(made, folder=tmp_path):
        kind = path.stem
        assert recognise(open_file(path)).kind == kind
        got, _, mapping = read_all([path], kind)
        assert not mapping.problems
        for name in got.column_names:
            found, meant = got[name].to_pylist(), made.sources[kind][name]
            if name == "attributes":
                found, meant = [json.loads(text) for text in found], [json.loads(text) for text in meant.to_pylist()]
            elif name == "comment":
                meant = comments.split(meant.combine_chunks())[0].to_pylist()
            else:
                meant = [value if value != "" else None for value in meant.to_pylist()]
            assert found == meant, (kind, name)
