"""Numbered migrations, applied in order; a migration that has shipped is never edited.

The SQL is the common part of both databases, with the word BYTES for their binary type.
"""

from importlib import resources

BINARY_TYPE = {"sqlite": "BLOB", "postgresql": "BYTEA"}


def migrations(dialect: str) -> list[tuple[int, str]]:
    """All migrations for "sqlite" or "postgresql" as (version, SQL script), in order."""
    found = []
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".sql"):
            script = file.read_text(encoding="utf-8")
            found.append((int(file.name[:4]), script.replace("BYTES", BINARY_TYPE[dialect])))
    return sorted(found)


def statements(script: str) -> list[str]:
    """The single statements of a script; our scripts hold no semicolon inside a statement."""
    lines = (line for line in script.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]
