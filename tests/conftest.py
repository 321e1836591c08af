"""Every test run has a home of its own; nothing is read from or written to the user's."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profiles

pytest_plugins = [f"tests.fixtures.{name}" for name in ("chromium", "migrated", "postgres", "site")]

# Containers often forbid bytecode, which makes every process that a test starts compile its packages anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_HOME = tempfile.TemporaryDirectory(prefix="nineplus-tests-")
for _name in [name for name in os.environ if name.startswith("NINEPLUS_") and name != "NINEPLUS_DATABASE_URL"]:
    del os.environ[_name]
os.environ.pop("PORT", None)
# As many processes as cores: were each to spread its sums over all cores, too, they would wait for each other.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
os.environ["NINEPLUS_HOME"] = _HOME.name
# Homes are many, statements few: what one process compiled the others read.
os.environ["NINEPLUS_CACHE_FOLDER"] = str(Path(__file__).parents[1] / ".cache" / "made")
os.environ["DJANGO_SETTINGS_MODULE"] = "nineplus.settings"


# The longest files first: no process waits at the end for the other's last one. What takes some five seconds counts.
_LONG = (
    *("e2e/test_pages", "e2e/test_widget", "e2e/test_up", "e2e/test_themes", "e2e/test_survey_page", "_following_up"),
    *("_answers_survive", "_wheel", "_connecting", "test_report", "_in_browser", "_refresh", "_description"),
    *("_analyze", "_drivers", "_official_clients", "_attribution", "_recovery", "_several_tickets", "killed"),
    *("_asking", "_roles", "_killed_restore", "_killed_sending", "_sample", "_backup", "_folder", "_importing"),
    *("_start", "_store_rows", "_themes", "_theme_impact", "_theme_shares"),
)


def _place(item: pytest.Item) -> int:
    path = item.path.with_suffix("").as_posix()
    return next((place for place, end in enumerate(_LONG) if path.endswith(end)), len(_LONG))


# Rooms that stand below the store and cannot reach it (.importlinter): not even read for a run on PostgreSQL.
_BELOW_THE_STORE = (
    *("analyses", "channels", "connectors", "front", "languages", "model", "questions"),
    *("render", "report", "rules", "sample", "stats", "text"),
)
_HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    if "NINEPLUS_DATABASE_URL" not in os.environ:
        return None
    return True if _below_the_store(collection_path) else None


def _below_the_store(path: Path) -> bool:
    return path.is_relative_to(_HERE) and path.relative_to(_HERE).parts[:1] in [(room,) for room in _BELOW_THE_STORE]


def pytest_configure(config: pytest.Config) -> None:
    # Not in pyproject.toml: pytest-django would read the settings before this file has moved the home.
    from django.conf import settings

    assert str(settings.HOME).startswith(os.path.realpath(_HOME.name)), "the settings were read too early"
    if getattr(config.option, "numprocesses", None):
        # This process only hands out tests. Its test processes must not read the settings before they have a home.
        del os.environ["DJANGO_SETTINGS_MODULE"]
    # Laws are tried on fewer examples than Hypothesis would, without a clock: the machine may be busy.
    profiles.register_profile("nineplus", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    profiles.load_profile("nineplus")
    # Argon2 is slow on purpose; tests of it name it themselves.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long files first. On PostgreSQL only what touches the store: everything else was run on SQLite and cannot
    come out differently."""
    items.sort(key=_place)
    touching = [item for item in items if _touches_the_store(item)]
    if hidden := [item.nodeid for item in touching if _below_the_store(item.path)]:
        raise pytest.UsageError(f"PostgreSQL would not see these, which stand below the store but use it: {hidden}")
    on_postgres = "NINEPLUS_DATABASE_URL" in os.environ
    wanted = touching if on_postgres else [item for item in items if not item.get_closest_marker("of_postgresql")]
    left = set(items) - set(wanted)
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = wanted


def pytest_collection() -> None:
    """Nothing that is read now is dropped before the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was loaded to here stays: the collector need not look through it again and again."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _touches_the_store(item: pytest.Item) -> bool:
    if item.get_closest_marker("one_database"):
        return False
    fixtures = {"db", "transactional_db", "django_db_setup", "live_server", "on_postgres"} & set(
        getattr(item, "fixturenames", ())
    )
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A file and not memory, so that threads, other processes and DuckDB can read the same SQLite database."""
    from django.conf import settings
    from django.test import TransactionTestCase

    from tests.fixtures.emptied import empty_what_was_filled
    from tests.fixtures.migrated import migrated_postgres, migrated_sqlite

    TransactionTestCase._fixture_teardown = empty_what_was_filled
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        # Speed only, as on PostgreSQL: a crash may lose this data, and nobody needs it.
        default["OPTIONS"]["init_command"] = default["OPTIONS"]["init_command"].replace("=FULL", "=OFF")
        file = Path(_HOME.name) / "test.sqlite3"
        shutil.copyfile(migrated_sqlite(), file)
        default.setdefault("TEST", {})["NAME"] = str(file)
    else:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        template = migrated_postgres(os.environ["NINEPLUS_DATABASE_URL"])
        default.setdefault("TEST", {}).update(NAME=f"test_nineplus_{worker}", TEMPLATE=template)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """SQLite's file is there already, and goes with the home it is in."""
    return "NINEPLUS_DATABASE_URL" not in os.environ


@pytest.fixture
def on_postgres() -> bool:
    return "NINEPLUS_DATABASE_URL" in os.environ
