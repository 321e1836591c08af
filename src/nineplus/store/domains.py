"""The domain of an e-mail address as the databases work it out, alike on both, so that an index can hold it."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func


class Domain(Func):
    """What stands after the first @ of a normalised address; all of it when there is none.

    Written without parameters: neither database finds an index by an expression that has some.
    """

    arity = 1
    output_field = CharField()
    template = "SUBSTR(%(expressions)s, INSTR(%(expressions)s, '@') + 1)"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        template = "SUBSTR(%(expressions)s, STRPOS(%(expressions)s, '@') + 1)"
        return super().as_sql(compiler, connection, template=template, **extra)
