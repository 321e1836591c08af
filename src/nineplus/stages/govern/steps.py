"""Has the database taken exactly this version's migrations? Answered from names alone, before Django is loaded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from nineplus.store.apps import Store


def all_taken() -> bool:
    """True when nothing is to be done; False when something is, or when only `migrating.migrate` can tell.

    A thousandth of its cost: whoever starts asks this first, and `nineplus up` then starts everything at once.
    """
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return False
    try:
        with closing(sqlite3.connect(f"{Path(database['NAME']).as_uri()}?mode=rw", uri=True, timeout=1)) as store:
            taken = set(store.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error:
        return False
    ours = _steps()
    apps = {app for app, _ in ours}
    return {step for step in taken if step[0] in apps} == ours


def _steps() -> set[tuple[str, str]]:
    found = set()
    for app in settings.INSTALLED_APPS:
        label = Store.label if app == Store.name else app.rpartition(".")[2]
        spec = find_spec(app)
        for folder in (spec and spec.submodule_search_locations) or ():
            found |= {(label, file.stem) for file in (Path(folder) / "migrations").glob("[0-9]*.py")}
    return found
