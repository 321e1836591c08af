"""Vectors of the sentences that come with nineplus, made when it is built: the first comment need not wait for them.

    python -m nineplus.text.shipped

Whatever is missing or was made by another encoder is encoded when it is needed, with the same result.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

if TYPE_CHECKING:
    from nineplus.text.taxonomy import Taxonomy

_KEY = 16


def known(encoder: str) -> Mapping[bytes, np.ndarray]:
    """Vectors by `key`; empty when none were built by this encoder."""
    return _read(encoder)


def key(sentence: str) -> bytes:
    """By what a sentence is found."""
    return blake2b(sentence.encode(), digest_size=_KEY).digest()


@cache
def _read(encoder: str) -> Mapping[bytes, np.ndarray]:
    try:
        with _file().open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if str(kept["encoder"]) != encoder:
                return {}
            keys, rows = kept["keys"].tobytes(), kept["rows"]
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return {}
    return {keys[_KEY * n : _KEY * (n + 1)]: row for n, row in enumerate(rows)}


def build() -> int:
    """Encode every example of every pack and keep the vectors beside this module; how many."""
    from nineplus.text.meaning import examples_of_feeling
    from nineplus.text.taxonomy import PACKS, packaged
    from nineplus.text.vectors import ENCODER, plain, vectors

    _file().unlink(missing_ok=True)
    _read.cache_clear()
    sentences = sorted({plain(one) for one in (*_examples(map(packaged, PACKS)), *examples_of_feeling()[0])} - {""})
    rows = vectors(sentences)
    target = _file()
    target.parent.mkdir(exist_ok=True)
    partial = target.with_name(f"{os.getpid()}.npz")
    np.savez(partial, encoder=np.array(ENCODER), keys=np.frombuffer(b"".join(map(key, sentences)), np.uint8), rows=rows)
    partial.replace(target)
    _read.cache_clear()
    return len(sentences)


def _examples(taxonomies: Iterable[Taxonomy]) -> Iterable[str]:
    return (sentence for taxonomy in taxonomies for theme in taxonomy.themes for sentence in theme.examples)


def _file() -> Path:
    return Path(str(resources.files("nineplus.text"))) / "built" / "examples.npz"


if __name__ == "__main__":
    build()
