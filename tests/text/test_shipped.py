"""Vectors that come with nineplus are those that the encoder makes, and nothing depends on their being there."""

from __future__ import annotations

import numpy as np
import pytest

from nineplus.text import shipped, shipping, vectors
from nineplus.text.taxonomy import packaged


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A file of its own, and nothing remembered of another one."""
    monkeypatch.setattr(shipped, "file", lambda: tmp_path / "built" / "examples.npz")
    shipped.forget()
    yield tmp_path / "built" / "examples.npz"
    shipped.forget()


def test_what_is_kept_is_what_the_encoder_says(built, monkeypatch):
    some = ["Slow response times.", "  Slow   response times. ", ""]
    assert shipped.known(vectors.ENCODER) == {}
    made = vectors.vectors(some)
    monkeypatch.setattr(shipping, "_examples", lambda _: some)
    monkeypatch.setattr(shipping, "examples_of_feeling", lambda: (["Lovely."], [1.0]))
    assert shipping.build() == 2
    monkeypatch.setattr(vectors, "_encoder", lambda: pytest.fail("it is there already"))
    assert np.allclose(vectors.vectors([*some, "Lovely."])[:3], made, atol=1e-6)
    assert shipped.known("another encoder") == {}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"no zip at all"])
def test_a_damaged_file_is_as_good_as_none(built, content: bytes):
    built.parent.mkdir()
    built.write_bytes(content)
    assert shipped.known(vectors.ENCODER) == {}


def test_every_example_that_comes_along_is_kept():
    """Of what was built: a changed example without a new build is slow, not wrong; here it is told."""
    if not shipped.file().exists():
        pytest.fail("make assets builds the vectors of examples")
    ready = shipped.known(vectors.ENCODER)
    missing = [
        sentence
        for theme in packaged("b2b").themes
        for sentence in theme.examples
        if vectors.plain(sentence) and shipped.key(vectors.plain(sentence)) not in ready
    ]
    assert missing == []
