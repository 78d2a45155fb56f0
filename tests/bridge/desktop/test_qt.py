"""That the Qt binding which is installed can be lived with."""

import sys

import pytest
from PySide6.QtCore import QObject, Signal


class Bell(QObject):
    rung = Signal()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal there")
def test_references_are_counted_rightly() -> None:
    bell = Bell()
    bell.rung.connect(lambda: None)
    before = sys.getrefcount(None), sys.getrefcount(True)

    for _ in range(200):
        bell.rung.emit()
        bell.setObjectName("bell")

    after = sys.getrefcount(None), sys.getrefcount(True)
    assert [abs(now - then) < 100 for now, then in zip(after, before, strict=True)] == [True, True]
