"""Colours and shapes: the product's tokens as a style sheet."""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

GOLD = "#FFB300"
IRON = "#5D4037"
ERROR = "#E53935"
SUCCESS = "#43A047"
WARN = "#FF9F43"
PAGE = "#1A1520"
SURFACE = "#241F2E"
INSET = "#120E18"
BORDER = "#3D3550"
TEXT = "#E8E4F0"
MUTED = "#A89BC4"
# The tokens themselves are too dark for small text on these grounds.
ERROR_TEXT = "#FF8A80"
SUCCESS_TEXT = "#81C784"

_SHEET = f"""
* {{ color: {TEXT}; }}
QMainWindow, QDialog, QWizard, QWizardPage, QMessageBox {{ background: {PAGE}; }}
QToolTip {{ background: {SURFACE}; border: 1px solid {BORDER}; padding: 4px; }}
QMenuBar {{ background: {INSET}; }}
QMenuBar::item {{ padding: 5px 10px; background: transparent; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {BORDER}; }}
QMenu {{ background: {SURFACE}; border: 1px solid {BORDER}; }}
QMenu::item {{ padding: 5px 24px; }}
QMenu::item:disabled {{ color: {MUTED}; }}
QFrame[card="true"] {{ background: {SURFACE}; border: 1px solid {BORDER}; border-radius: 8px; }}
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ color: {GOLD}; font-size: 15pt; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: 12pt; font-weight: 600; }}
QLabel[role="muted"] {{ color: {MUTED}; }}
QLabel[role="code"] {{ background: {INSET}; border: 1px solid {BORDER}; border-radius: 6px;
  padding: 6px 10px; font-family: monospace; color: {GOLD}; }}
QLabel[state] {{ border-left: 4px solid {BORDER}; padding: 4px 8px; }}
QLabel[state="good"] {{ border-left-color: {SUCCESS}; }}
QLabel[state="bad"] {{ border-left-color: {ERROR}; }}
QLabel[state="warn"] {{ border-left-color: {WARN}; }}
QLabel[pill] {{ background: {INSET}; border: 1px solid {BORDER}; border-radius: 9px;
  padding: 2px 10px; }}
QLabel[pill="good"] {{ border-color: {SUCCESS}; }}
QLabel[pill="bad"] {{ border-color: {ERROR}; }}
QLabel[pill="warn"] {{ border-color: {WARN}; }}
QPushButton {{ background: {SURFACE}; border: 1px solid {BORDER}; border-radius: 6px;
  padding: 6px 14px; }}
QPushButton:hover {{ border-color: {MUTED}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {GOLD}; padding: 5px 13px; }}
QPushButton:pressed {{ background: {INSET}; }}
QPushButton:disabled {{ color: {MUTED}; background: {PAGE}; border-style: dashed; }}
QPushButton[primary="true"] {{ background: {GOLD}; color: {INSET}; border-color: {GOLD};
  font-weight: 600; }}
QPushButton[primary="true"]:focus {{ border-color: {TEXT}; }}
QPushButton[primary="true"]:disabled {{ background: {PAGE}; color: {MUTED};
  border: 1px dashed {BORDER}; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QListWidget, QTableView, QPlainTextEdit {{
  background: {INSET}; border: 1px solid {BORDER}; border-radius: 6px; padding: 4px 6px;
  selection-background-color: {IRON}; selection-color: {TEXT}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QListWidget:focus,
QTableView:focus {{ border: 2px solid {GOLD}; padding: 3px 5px; }}
QComboBox QAbstractItemView {{ background: {SURFACE}; border: 1px solid {BORDER};
  selection-background-color: {IRON}; }}
QTableView {{ gridline-color: {BORDER}; alternate-background-color: {PAGE}; padding: 0; }}
QTableView:focus {{ padding: 0; }}
QHeaderView::section {{ background: {SURFACE}; color: {MUTED}; border: 0;
  border-bottom: 1px solid {BORDER}; padding: 6px 8px; }}
QTableCornerButton::section {{ background: {SURFACE}; border: 0; }}
QCheckBox::indicator:unchecked {{ width: 13px; height: 13px; border: 1px solid {MUTED};
  border-radius: 3px; background: {INSET}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {GOLD}; }}
QStatusBar {{ background: {INSET}; border-top: 1px solid {BORDER}; }}
QStatusBar::item {{ border: 0; }}
"""


def apply(application: QApplication) -> None:
    """Dress the whole program; Fusion draws the same on every system."""
    application.setStyle("Fusion")
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, PAGE),
        (QPalette.ColorRole.WindowText, TEXT),
        (QPalette.ColorRole.Base, INSET),
        (QPalette.ColorRole.AlternateBase, PAGE),
        (QPalette.ColorRole.Text, TEXT),
        (QPalette.ColorRole.PlaceholderText, MUTED),
        (QPalette.ColorRole.Button, SURFACE),
        (QPalette.ColorRole.ButtonText, TEXT),
        (QPalette.ColorRole.Highlight, IRON),
        (QPalette.ColorRole.HighlightedText, TEXT),
        (QPalette.ColorRole.Link, GOLD),
        (QPalette.ColorRole.ToolTipBase, SURFACE),
        (QPalette.ColorRole.ToolTipText, TEXT),
    ):
        palette.setColor(role, QColor(colour))
    application.setPalette(palette)
    application.setStyleSheet(_SHEET)
