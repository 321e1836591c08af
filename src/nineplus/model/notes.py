"""What happened to data on its way in: said, counted, never silent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """One data-quality note: a stable code, how many rows it touches, a sentence for a person."""

    code: str
    rows: int
    message: str

    def to_dict(self) -> dict[str, object]:
        return {"code": self.code, "rows": self.rows, "message": self.message}
