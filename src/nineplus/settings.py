"""Every setting, typed, from the environment (NINEPLUS_…) or from settings.toml in NINEPLUS_HOME.

`Settings` is what people set and what docs/reference/settings.md is generated from; the capitals below it
are Django's, derived from it and from nothing else.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

try:  # the system's SQLite may carry the WAL-reset defect (docs/decisions/0003)
    import pysqlite3

    sys.modules["sqlite3"] = pysqlite3
except ImportError:  # pragma: no cover - no wheel for this platform
    pass


def home_folder() -> Path:
    return Path(os.environ.get("NINEPLUS_HOME") or platformdirs.user_data_dir("nineplus")).expanduser().resolve()


class Settings(BaseSettings):
    """What a person may set."""

    model_config = SettingsConfigDict(env_prefix="NINEPLUS_", extra="ignore")

    home: Path = Field(default_factory=home_folder, description="Folder with database, mart and files.")
    database_url: str = Field(
        "", description="postgresql://user:password@host:port/name; empty: SQLite in the home folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen on. Anything but 127.0.0.1 opens it to others.")
    port: int = Field(8000, description="Port to listen on; PORT without prefix is honoured too.")
    allowed_hosts: list[str] = Field(
        default_factory=list, description="Names under which people reach it, besides this machine's own."
    )
    debug: bool = Field(False, description="Show errors in the browser. Never on a machine others can reach.")
    metrics: bool = Field(False, description="Serve Prometheus figures at /metrics.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    engine: str = Field("duckdb", description="The engine that reads the mart.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home_folder() / "settings.toml")


NINEPLUS = Settings()
HOME = NINEPLUS.home


def _secret() -> str:
    """The signing secret: made once, readable by its owner only."""
    HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = HOME / "secret"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        made = secrets.token_urlsafe(48)
        file.write(made)
    return made


def _database() -> dict[str, object]:
    if not NINEPLUS.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "nineplus.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(NINEPLUS.database_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = _secret()
DEBUG = NINEPLUS.debug
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *NINEPLUS.allowed_hosts]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "nineplus.User"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "nineplus.store",
]
