"""What axe-core finds in a page; `make setup` fetches it."""

from pathlib import Path

from playwright.async_api import Frame, Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


async def violations(place: Page | Frame) -> list[str]:
    """Every rule that is broken, with the element; empty when all is well."""
    await place.evaluate(AXE.read_text())
    found = await place.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
