"""Numbered migrations, applied in order; a migration that has shipped is never edited.

The SQL is the common part of both databases, with the word BYTES for their binary type.
"""

from importlib import resources

from goldomatic.ledger.store import SchemaError

BINARY_TYPE = {"sqlite": "BLOB", "postgresql": "BYTEA"}


def migrations(dialect: str) -> list[tuple[int, str]]:
    """All migrations for "sqlite" or "postgresql" as (version, SQL script), in order."""
    found = []
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".sql"):
            script = file.read_text(encoding="utf-8")
            found.append((int(file.name[:4]), script.replace("BYTES", BINARY_TYPE[dialect])))
    return sorted(found)


def pending(present: int, dialect: str) -> list[tuple[int, str]]:
    """The migrations that a database of schema `present` lacks; 0 for an empty database.

    Raises `SchemaError` for a schema that only a newer version of the service knows.
    """
    known = migrations(dialect)
    if present > known[-1][0]:
        raise SchemaError(
            f"the database has schema {present}, this version knows up to {known[-1][0]}: "
            "install the newer version of the service"
        )
    return [(version, script) for version, script in known if version > present]


def statements(script: str) -> list[str]:
    """The single statements of a script; our scripts hold no semicolon inside a statement."""
    lines = (line for line in script.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]
