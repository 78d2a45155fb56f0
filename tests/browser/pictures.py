"""Pictures for the documents, taken by the tests on their way: `make pictures` asks for them."""

import os
from pathlib import Path

from playwright.async_api import Locator, Page

FOLDER = os.environ.get("GOLDOMATIC_PICTURES", "")


async def picture(of: Page | Locator, name: str, *, transparent: bool = False) -> None:
    """Keep what is to be seen now as `<name>.png`, where pictures are asked for."""
    if FOLDER:
        path = Path(FOLDER) / f"{name}.png"
        await of.screenshot(path=path, omit_background=transparent, animations="allow")
