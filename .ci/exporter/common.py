"""What the checks of the exporter share: processes, pages, and a reader of the text format 0.0.4."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXPORTER = Path(os.environ.get("EXPORTER", ROOT / "target/release/examples/exporter"))
PATIENCE = 240

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')


def fail(message):
    sys.exit(f"exporter: {message}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def page(port, path="/metrics", accept="text/plain"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def parse(text):
    """Values by name and sorted labels; whatever is not understood is an error."""
    series = {}
    for line in text.splitlines():
        if line.startswith("# HELP ") or line.startswith("# TYPE "):
            continue
        match = SAMPLE.match(line) or fail(f"not a sample: {line!r}")
        name, rest, value = match.groups()
        labels, at, rest = [], 0, rest or ""
        while at < len(rest):
            label = LABEL.match(rest, at) or fail(f"not a label: {line!r}")
            labels.append((label[1], label[2]))
            at = label.end()
        key = (name, tuple(sorted(labels)))
        if key in series:
            fail(f"twice: {line!r}")
        series[key] = float(value)
    return series


def metrics(port):
    return parse(page(port))


def shown(key):
    name, labels = key
    return name + ("{" + ",".join(f'{k}="{v}"' for k, v in labels) + "}" if labels else "")


def wait(what, ready):
    """Asks until the answer is true, and gives it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if answer := ready():
                return answer
        except OSError:
            pass
        time.sleep(0.2)
    return fail(f"waited in vain for {what}")


class Running:
    """A program that is stopped in the end."""

    def __init__(self, *command, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        self.process = subprocess.Popen([str(word) for word in command], **options)

    def __enter__(self):
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.stop(signal.SIGKILL)


def exporter(port, *arguments):
    return Running(EXPORTER, "--listen", f"127.0.0.1:{port}", *arguments)
