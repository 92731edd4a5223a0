"""What tests of the audit log do to it."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def drop_triggers(session: Session) -> None:
    """What someone with the keys to the database would do before changing its past."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_entry_no_update"))
        session.execute(text("DROP TRIGGER audit_entry_no_delete"))
    else:
        session.execute(text("DROP TRIGGER audit_entry_fixed ON audit_entry"))
