"""settings.toml: what is misspelt there is told and not passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from nineplus import settings


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("prot = 8123", "no setting 'prot'. Did you mean port?"),
        ("colour = 'red'", "no setting 'colour'. There are: home, database_url"),
        ("port = 'x'", "port"),
        ("port =", "not TOML"),
    ],
)
def test_a_line_that_cannot_be_used_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, says: str):
    monkeypatch.setenv("NINEPLUS_HOME", str(tmp_path))
    monkeypatch.delenv("PORT", raising=False)
    (tmp_path / "settings.toml").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(settings.WrongSettings) as told:
        settings._settings()
    assert says in str(told.value)


def test_a_line_that_can_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NINEPLUS_HOME", str(tmp_path))
    monkeypatch.delenv("PORT", raising=False)
    (tmp_path / "settings.toml").write_text("port = 8123\n", encoding="utf-8")
    assert settings._settings().port == 8123


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("NINEPLUS_PROT", "Did you mean NINEPLUS_PORT?"),
        ("NINEPLUS_DATABSE_URL", "Did you mean NINEPLUS_DATABASE_URL?"),
        ("NINEPLUS_QQQ", "See docs/reference/settings.md."),
    ],
)
def test_a_name_that_nobody_reads_is_told(monkeypatch: pytest.MonkeyPatch, name: str, says: str):
    assert not [sentence for sentence in settings.unknown_names() if name in sentence]
    monkeypatch.setenv(name, "1")
    [sentence] = [sentence for sentence in settings.unknown_names() if name in sentence]
    assert says in sentence
    assert "does nothing" in sentence


def test_every_setting_is_known(monkeypatch: pytest.MonkeyPatch):
    before = settings.unknown_names()
    for field in settings.Settings.model_fields:
        monkeypatch.setenv(f"NINEPLUS_{field.upper()}", "x")
    assert settings.unknown_names() == before
