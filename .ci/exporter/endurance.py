"""Mail without a pause, rotation, kill and restart, a million domains, slow and broken scrapers: in the end the
counters are the truth, and the memory is what it was.

    endurance.py WORKDIR SECONDS [LINES_PER_SECOND]

The log grows at the rate that is asked for, or as fast as the exporter follows: the writer waits where it would be
more than a few rotations ahead, since what logrotate has removed or compressed nobody can read. A million domains in
900 seconds, or as many in proportion, must be reached.
"""

import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from common import exporter, fail, free_port, metrics, parse, page, shown, wait

ROTATIONS = 15
# None is removed: what the exporter has not read yet when it is killed must not be lost.
KEPT = ROTATIONS + 1
STATES = ("sent", "deferred", "bounced")
DSN = {"sent": "2.0.0", "deferred": "4.7.1", "bounced": "5.1.1"}

# Rotations that the writer may be ahead of the reader.
AHEAD = 5

# Messages that are deferred before all others: more than the exporter keeps.
QUEUED = 100_000

DOMAINS_PER_SECOND = 1_000_000 / 900

# MiB: what README.md beside the program says, and by how much the last third may exceed the first.
MOST = 256
MARGIN = 16


class Mail(threading.Thread):
    """Writes the log and knows the truth about it."""

    def __init__(self, log, seconds, rate):
        super().__init__()
        self.log, self.seconds, self.rate = log, seconds, rate
        self.truth, self.lines, self.domains = Counter(), 0, 0
        # How many lines were written by each rotation, and how many the exporter has counted.
        self.rotated, self.read, self.waited = [0], 0, 0.0
        self.is_full = threading.Event()

    def message(self, number, status):
        random_bits = random.getrandbits(20)
        identity = f"{number:010X}"
        self.domains += 1
        domain = f"d{number}.example"
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        head = f"{stamp} mx1 postfix"
        self.truth["postfix_smtpd_connects_total", ()] += 1
        self.truth["postfix_cleanup_messages_processed_total", ()] += 1
        self.truth["postfix_smtp_messages_processed_total", (("status", status),)] += 1
        self.truth["postfix_qmgr_messages_inserted_recipients_count", ()] += 1
        self.truth["postfix_deliveries_total", (("status", status),)] += 1
        if status != "deferred":
            self.truth["postfix_recipients_total", (("fate", "delivered" if status == "sent" else status),)] += 1
        yield f"{head}/smtpd[7]: connect from c{random_bits}.example[192.0.2.1]\n"
        yield f"{head}/smtpd[7]: {identity}: client=c{random_bits}.example[192.0.2.1]\n"
        yield f"{head}/cleanup[8]: {identity}: message-id=<{number}@{domain}>\n"
        yield f"{head}/qmgr[6]: {identity}: from=<a@{domain}>, size=500, nrcpt=1 (queue active)\n"
        yield (f"{head}/smtp[9]: {identity}: to=<b@{domain}>, relay=mx.{domain}[203.0.113.30]:25, delay=1, delays=0/0/1/0, "
               f"dsn={DSN[status]}, status={status} (host mx.{domain}[203.0.113.30] said: \"odd\\ {domain})\n")
        if status != "deferred":
            self.truth["postfix_qmgr_messages_removed_total", ()] += 1
            yield f"{head}/qmgr[6]: {identity}: removed\n"

    def rotate(self):
        for number in range(KEPT, 0, -1):
            old = self.log.with_suffix(f".log.{number}") if number else self.log
            if old.exists():
                old.rename(self.log.with_suffix(f".log.{number + 1}"))
        self.log.rename(self.log.with_suffix(".log.1"))

    def run(self):
        number = 0
        file = self.log.open("w")
        # The queue is as full as the exporter can follow from the beginning: whatever grows after that is a leak.
        for number in range(QUEUED):
            for line in self.message(number, "deferred"):
                file.write(line)
                self.lines += 1
        file.flush()
        self.is_full.wait()
        before, began = self.lines, time.monotonic()
        due = began + self.seconds / ROTATIONS
        while (now := time.monotonic()) < began + self.seconds:
            for _ in range(100):
                number += 1
                for line in self.message(number, STATES[number % 3]):
                    file.write(line)
                    self.lines += 1
            file.flush()
            if now > due:
                file.close()
                self.rotate()
                self.rotated.append(self.lines)
                file, due = self.log.open("w"), now + self.seconds / ROTATIONS
            time.sleep(max(0, (self.lines - before) / self.rate - (time.monotonic() - began)))
            while len(self.rotated) > AHEAD and self.read < self.rotated[-AHEAD]:
                self.waited += 0.1
                time.sleep(0.1)
        file.close()


class Nuisance(threading.Thread):
    """Scrapers that are slow or talk nonsense."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.over = port, False

    def run(self):
        while not self.over:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as peer:
                    kind = random.randrange(4)
                    if kind == 0:
                        peer.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
                        peer.recv(1)
                        time.sleep(2)
                    elif kind == 1:
                        peer.sendall(b"\x16\x03\x01" + random.randbytes(2_000))
                    elif kind == 2:
                        peer.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 20_000)
                    else:
                        time.sleep(1)
            except OSError:
                time.sleep(0.1)


def seen(page):
    """What is to be compared: the numbers without labels that the truth does not tell apart."""
    numbers = Counter()
    for (name, labels), value in page.items():
        if name == "postfix_log_lines_total":
            labels = ()
        elif name in ("postfix_deliveries_total", "postfix_recipients_total"):
            labels = tuple(label for label in labels if label[0] in ("status", "fate"))
        numbers[name, labels] += value
    return numbers


def memory(process):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def main():
    root, seconds = Path(sys.argv[1]).resolve(), float(sys.argv[2])
    rate = float(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    log, port = root / "mail.log", free_port()
    arguments = ("--log", log, "--state", root / "state")
    mail = Mail(log, seconds, rate)
    nuisances = [Nuisance(port) for _ in range(8)]
    kills, scrapes, sizes = 0, 0, []
    ours = exporter(port, *arguments)
    mail.start()
    try:
        wait("the queue to be read", lambda: seen(metrics(port))["postfix_log_lines_total", ()] == 5 * QUEUED)
        began = time.monotonic()
        mail.is_full.set()
        for one in nuisances:
            one.start()
        while mail.is_alive():
            time.sleep(min(1, seconds / 60))
            part = (time.monotonic() - began) / seconds
            try:
                # Both formats in turn.
                accept = "text/plain" if scrapes % 2 else "application/openmetrics-text"
                numbers = seen(parse(page(port, accept=accept).removesuffix("# EOF\n")))
                mail.read = max(mail.read, numbers["postfix_log_lines_total", ()])
                scrapes += 1
            except OSError:
                pass
            sizes.append((part, memory(ours.process)))
            if part > (kills + 1) / 6:
                kills += 1
                how = signal.SIGKILL if kills % 2 else signal.SIGTERM
                ours.stop(how)
                ours = exporter(port, *arguments)
        mail.join()
        took = time.monotonic() - began
        mail.truth["postfix_log_lines_total", ()] = mail.lines

        def right():
            now = seen(metrics(port))
            wrong = [f"{shown(key)}: {now.get(key)} and not {value}" for key, value in mail.truth.items() if now.get(key) != value]
            if gaps := now.get(("postfix_log_gaps_total", ())):
                wrong.append(f"{gaps:g} gaps in the log")
            right.wrong = wrong
            return not wrong

        try:
            wait("the truth", right)
        except SystemExit:
            fail("wrong in the end:\n  " + "\n  ".join(right.wrong))
        early = max(size for part, size in sizes if part < 1 / 3)
        late = max(size for part, size in sizes if part >= 2 / 3)
        rotations = len(mail.rotated) - 1
        print(f"{mail.lines} lines about {mail.domains} domains in {took:.0f} s, which is {(mail.lines - 5 * QUEUED) / took:.0f} lines a second "
              f"({mail.waited:.0f} s of it waited for the exporter): {rotations} rotations, {kills} restarts, {scrapes} scrapes: the counters are right")
        print(f"memory: {early:.0f} MiB at most in the first third, {late:.0f} MiB in the last")
        if late > early + MARGIN or max(early, late) > MOST:
            fail(f"the memory grows by more than {MARGIN} MiB, or takes more than {MOST}")
        if mail.domains < DOMAINS_PER_SECOND * seconds:
            fail(f"only {mail.domains} domains: the machine is too busy")
    finally:
        mail.is_full.set()
        for one in nuisances:
            one.over = True
        ours.stop()


main()
