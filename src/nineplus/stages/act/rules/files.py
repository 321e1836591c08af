"""Rules as YAML files: what one house wrote, another can read."""

from __future__ import annotations

from typing import Any

import yaml

from nineplus.rules import workflows_document as documents
from nineplus.stages.act.rules.keeping import Kept
from nineplus.stages.errors import NotPossible

_LARGEST = 200_000


class _Plain(yaml.SafeLoader):
    """Without aliases: a small file could stand for a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "a rule has no aliases", event.start_mark)
        return super().compose_node(parent, index)


def written(kept: Kept) -> str:
    """The newest version of a rule as YAML."""
    return yaml.safe_dump(documents.write(kept.rule), sort_keys=False, allow_unicode=True, width=100)


def document(text: str) -> Any:
    """What the YAML holds. Raises NotPossible with the line."""
    if len(text) > _LARGEST:
        raise NotPossible("A rule has at most 200 000 characters.")
    try:
        return yaml.load(text, Loader=_Plain)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"Line {mark.line + 1}: " if mark else ""
        raise NotPossible(f"{where}this is no YAML: {problem.problem}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise NotPossible(f"This is no YAML: {type(problem).__name__}.") from None
