"""Starts the packaged program and waits until its bridge works: `check_program.py PROGRAM`.

GOLDOMATIC_BRIDGE_FOLDER says where it keeps its memory, whose file is the sign of life. Exit
codes: 0 it works, 1 it ended or showed no life within a minute.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 60
STATE = Path(os.environ["GOLDOMATIC_BRIDGE_FOLDER"]) / "bridge.db"

program = subprocess.Popen([sys.argv[1]])
end = time.monotonic() + SECONDS
while not STATE.exists() and program.poll() is None and time.monotonic() < end:
    time.sleep(0.2)
time.sleep(2)
alive = STATE.exists() and program.poll() is None
program.terminate()
program.wait(20)
print("it works" if alive else f"no sign of life; exit code {program.returncode}")
sys.exit(0 if alive else 1)
