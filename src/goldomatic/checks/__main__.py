"""Print the page of the documents: `python -m goldomatic.checks > docs/troubleshooting.md`."""

import sys

from goldomatic.checks.table import document
from goldomatic.web.i18n import texts

sys.stdout.write(document(texts("en")))
