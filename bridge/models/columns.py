"""What the columns of several tables share."""

from sqlalchemy import CheckConstraint, String

Id = String(12)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """The constraint that a column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
