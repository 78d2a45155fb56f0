"""What the packaged program runs: `goldomatic desktop`."""

from goldomatic.bridge.desktop.commands import desktop

if __name__ == "__main__":
    desktop()
