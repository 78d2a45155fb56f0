"""The findings in words: a table for a terminal, a page of the documents."""

from collections.abc import Iterable

from goldomatic.checks.findings import WARNINGS, Finding, Problem, Row
from goldomatic.web.i18n import Texts

_SIGNS = {False: "works", True: "does not work"}


def lines(findings: Iterable[Finding], t: Texts) -> list[str]:
    """A table of four parts, wrapped so that it can be pasted anywhere."""
    told: list[str] = []
    for finding in findings:
        sign = "worth knowing" if finding.problem in WARNINGS else _SIGNS[finding.is_bad]
        detail = f" ({finding.detail})" if finding.detail else ""
        told.append(f"{t.raw(f'checks.row.{finding.row}'):<28} {sign}{detail}")
        if finding.problem is not None:
            told.append(f"    why: {t.raw(f'checks.code.{finding.problem}.why')}")
            told.append(f"    do:  {t.raw(f'checks.code.{finding.problem}.do')}")
            told.append(f"    code: {finding.problem}")
    return told


def document(t: Texts) -> str:
    """The page of the documents: every code, why it comes and the one thing to do."""
    rows = "\n".join(
        f"| `{problem}` | {t.raw(f'checks.code.{problem}.why')}"
        f" | {t.raw(f'checks.code.{problem}.do')} |"
        for problem in Problem
    )
    looked_at = "; ".join(t.raw(f"checks.row.{row}") for row in Row)
    return f"""# Troubleshooting

`goldomatic twitch diagnose` looks at everything that has to work at Twitch, and changes nothing.
It ends with 0 when all works, with 2 when something does not or the settings do not load, with 3
when the database cannot be used. What it prints holds no secret, no name and no address: it may be
shown to whoever helps.

What cannot be known because something before it does not work is left out. It looks at:
{looked_at}.

This page is made from the texts of the program:
`python -m goldomatic.checks > docs/troubleshooting.md`.

| Code | Why | What to do |
|---|---|---|
{rows}
"""
