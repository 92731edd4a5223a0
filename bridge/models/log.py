"""Who did what, when."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Integer,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime
from bridge.models.columns import Id


class AuditEntry(Base):
    """Who did what, when. Rows are only ever added; each carries the hash of the one before."""

    __tablename__ = "audit_entry"

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str | None] = mapped_column(Id)  # null: the system itself
    action: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[str | None] = mapped_column(Id, index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(60), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
