"""Make the vectors of the sentences that come with nineplus, when it is built: `python -m nineplus.text.shipping`."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from nineplus.text import shipped
from nineplus.text.meaning import examples_of_feeling
from nineplus.text.taxonomy import PACKS, Taxonomy, packaged
from nineplus.text.vectors import ENCODER, plain, vectors


def build() -> int:
    """Encode every example of every pack and keep the vectors beside this module; how many."""
    shipped.file().unlink(missing_ok=True)
    shipped.forget()
    sentences = sorted({plain(one) for one in (*_examples(map(packaged, PACKS)), *examples_of_feeling()[0])} - {""})
    rows = vectors(sentences)
    target = shipped.file()
    target.parent.mkdir(exist_ok=True)
    partial = target.with_name(f"{os.getpid()}.npz")
    np.savez(
        partial,
        encoder=np.array(ENCODER),
        keys=np.frombuffer(b"".join(map(shipped.key, sentences)), np.uint8),
        rows=rows,
    )
    partial.replace(target)
    shipped.forget()
    return len(sentences)


def _examples(taxonomies: Iterable[Taxonomy]) -> Iterable[str]:
    return (sentence for taxonomy in taxonomies for theme in taxonomy.themes for sentence in theme.examples)


if __name__ == "__main__":
    build()
