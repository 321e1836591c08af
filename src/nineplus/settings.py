"""Every setting, typed, from the environment (NINEPLUS_…) or from settings.toml in NINEPLUS_HOME.

`Settings` is what people set and what docs/reference/settings.md is generated from; the capitals below it
are Django's, derived from it and from nothing else.
"""

from __future__ import annotations

import os
import secrets
import sys
import tomllib
from contextlib import suppress
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from nineplus import logs

try:  # the system's SQLite may carry the WAL-reset defect (docs/decisions/0003)
    import pysqlite3

    sys.modules["sqlite3"] = pysqlite3
except ImportError:  # pragma: no cover - no wheel for this platform
    pass


def home_folder() -> Path:
    return Path(os.environ.get("NINEPLUS_HOME") or platformdirs.user_data_dir("nineplus")).expanduser().resolve()


_PREFIX = "NINEPLUS_"


class Settings(BaseSettings):
    """What a person may set."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore")

    home: Path = Field(default_factory=home_folder, description="Folder with database, mart and files.")
    database_url: str = Field(
        "", description="`postgresql://user:password@host:port/name`; empty: SQLite in the home folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen on. Anything but 127.0.0.1 opens it to others.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on; `PORT` without prefix is honoured too.")
    public_url: str = Field(
        "",
        description="The address people type, such as `https://nps.example.com`, when a reverse proxy stands in "
        "front. With https, cookies are sent over https only and the proxy's `X-Forwarded-Proto` is believed.",
    )
    allowed_hosts: list[str] = Field(
        default_factory=list,
        description='Further names under which people reach it: `["nps.lan", "10.0.0.5"]`. Other names are refused.',
    )
    web_workers: int = Field(1, ge=1, le=64, description="Web processes. One is best with SQLite.")
    web_threads: int = Field(
        32, ge=1, le=256, description="Pages and API requests each web process handles at once; scores need no thread."
    )
    upload_limit_mb: int = Field(2048, ge=1, description="Largest file that may be uploaded, in MB.")
    debug: bool = Field(False, description="Show errors in the browser. Never on a machine others can reach.")
    metrics: bool = Field(
        False, description="Serve Prometheus figures at `/metrics`: to this machine, to others with a key."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is worth a log line.")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="`json`: one object a line; `text`: for eyes; `auto`: text in a terminal, else json."
    )
    engine: str = Field("duckdb", description="The engine that reads the mart.")
    cache_folder: Path | None = Field(
        None, description="Folder for what can be made anew at any time; empty: `cache` in the home folder."
    )
    api_limit: int = Field(
        1200, ge=0, description="Requests that one API key may send in a minute, over all processes; 0: no limit."
    )
    visitor_limit: int = Field(
        600,
        ge=0,
        le=60_000,
        description="Answers and comments that one address may send to one survey's open link in a minute, counted by "
        "each web process; 0: no limit. Personal links have a bound of their own.",
    )
    gateways_inside: bool = Field(
        False, description="Let SMS gateways be called inside of your network, without encryption too."
    )
    slack_url: str = Field("https://slack.com/api/", description="Where Slack's API is: another address for tests.")
    webhooks_inside: bool = Field(
        False, description="Let webhooks call addresses inside of your network, without encryption too."
    )

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


def _settings() -> Settings:
    """Read them all. PORT is what process managers and `make` set."""
    try:
        _none_unknown()
        return Settings(**({"port": os.environ["PORT"]} if os.environ.get("PORT") else {}))
    except ValidationError as problem:
        wrong = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in problem.errors())
        raise WrongSettings(f"The settings cannot be used: {wrong}. See docs/reference/settings.md.") from None
    except tomllib.TOMLDecodeError as problem:
        raise WrongSettings(f"{home_folder() / 'settings.toml'} is not TOML: {problem}.") from None


def unknown_names() -> list[str]:
    """A sentence for each NINEPLUS_… of the environment that nobody reads: misspelt, it would do nothing unseen."""
    sentences = []
    for name in sorted(os.environ):
        field = name.lower().removeprefix(_PREFIX.lower())
        if name.upper().startswith(_PREFIX) and field not in Settings.model_fields:
            meant = get_close_matches(field, Settings.model_fields, 1)
            hint = f"Did you mean {_PREFIX}{meant[0].upper()}?" if meant else "See docs/reference/settings.md."
            sentences.append(f"There is no setting {name}; it does nothing. {hint}")
    return sentences


def _none_unknown() -> None:
    """A misspelt line of settings.toml would otherwise do nothing, and nobody would know."""
    path = home_folder() / "settings.toml"
    given = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if strange := sorted(given.keys() - Settings.model_fields.keys()):
        meant = get_close_matches(strange[0], Settings.model_fields, 1)
        hint = f" Did you mean {meant[0]}?" if meant else f" There are: {', '.join(Settings.model_fields)}."
        raise WrongSettings(f"{path}: there is no setting {strange[0]!r}.{hint}")


class WrongSettings(Exception):
    """A setting cannot be used; the message says which and why."""


NINEPLUS = _settings()
UNKNOWN_NAMES = unknown_names()
HOME = NINEPLUS.home
PACKAGE = Path(__file__).parent


def _secret() -> str:
    """The signing secret: made once, readable by its owner only."""
    path = HOME / "secret"
    try:
        HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            if kept := path.read_text().strip():
                return kept
        # Written aside and linked into place, so that of two first starts both read the same whole secret.
        aside = path.with_name(f".secret-{os.getpid()}")
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            with suppress(FileExistsError):
                os.link(aside, path)
        finally:
            aside.unlink()
        return path.read_text().strip()
    except OSError as problem:
        raise WrongSettings(
            f"nineplus cannot write into its home folder {HOME} ({problem.strerror}). "
            "Set NINEPLUS_HOME to a folder of yours."
        ) from None


def _database() -> dict[str, object]:
    if not NINEPLUS.database_url:
        return {
            "ENGINE": "nineplus.store.sqlite3",
            "NAME": HOME / "nineplus.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # The worker files what the log holds; were there none, it ends at 64 MB all the same.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA wal_autocheckpoint=16000;",
            },
        }
    parts = urlsplit(NINEPLUS.database_url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise WrongSettings("NINEPLUS_DATABASE_URL must read postgresql://user:password@host:port/name.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


_PUBLIC = urlsplit(NINEPLUS.public_url)
_HTTPS = _PUBLIC.scheme == "https"

# Who is asked, and by what name.
SECRET_KEY = _secret()
DEBUG = NINEPLUS.debug
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, [_PUBLIC.hostname]), *NINEPLUS.allowed_hosts]
CSRF_TRUSTED_ORIGINS = [f"{_PUBLIC.scheme}://{_PUBLIC.netloc}"] if _PUBLIC.netloc else []
if _HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

# Parts.
ROOT_URLCONF = "nineplus.urls"
WSGI_APPLICATION = "nineplus.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "nineplus.store",
]
MIDDLEWARE = [
    "nineplus.web.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "nineplus.web.middleware.Browser",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "nineplus.api.edge.Edge",
    "nineplus.web.middleware.UploadLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "builtins": ["django.templatetags.static", "nineplus.web.words"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Data.
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

# Assets come straight from the package, so that an installed wheel needs no collecting step.
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = r"/built/[^/]+-[0-9A-Z]{8}\.[a-z0-9]+$"  # names that carry a hash of what is in them

# People: who they are and how they log in (docs/decisions/0007).
AUTH_USER_MODEL = "nineplus.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "log-in"
LOGIN_REDIRECT_URL = "overview"
# Per person and address, so that nobody can lock out somebody else. Kept in the database: a restart forgets nothing.
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "nineplus.web.middleware.account_named"
AXES_LOCKOUT_CALLABLE = "nineplus.web.middleware.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# What browsers are told.
SESSION_COOKIE_NAME = "nineplus_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "nineplus_csrf"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "frame-src": ["'self'"],  # the preview of a survey
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# What comes in. Files go to disk, never into memory.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

LOGGING_CONFIG = None
logs.configure(level=NINEPLUS.log_level, format=NINEPLUS.log_format)
