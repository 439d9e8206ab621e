#!/usr/bin/env python3
"""Writes the logs of many hosts, in several zones, across a New Year, and hosts.tsv: host, zone, year, file.

    hosts.py DIR [--hosts 50] [--messages 400] [--seed 1]

Each log ends in the middle: messages are still waiting. Some hosts have long queue ids, some stamps without a zone, some
packed logs. The same arguments give the same bytes.
"""

import argparse
import datetime
import gzip
import heapq
import itertools
import pathlib
import random
import zoneinfo

START = datetime.datetime(2026, 12, 31, 9, 0, tzinfo=datetime.timezone.utc).timestamp()
SPAN = 30 * 3600
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
DOMAINS = [f"{word}{number}.example" for word in ("north", "river", "cloud", "stone") for number in range(12)]
DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
DEFERRED = [
    ("4.4.1", False, "connect to {mx}:25: Connection timed out"),
    ("4.2.0", True, "host {mx} said: 450 4.2.0 <{to}>: Recipient address rejected: Greylisted (in reply to RCPT TO command)"),
    ("4.7.0", True, "host {mx} said: 421 4.7.0 Too many connections from your IP (in reply to MAIL FROM command)"),
    ("4.2.2", True, "host {mx} said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)"),
]
BOUNCED = "host {mx} said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown (in reply to RCPT TO command)"
REJECTS = [
    "450 4.7.25 Client host rejected: cannot find your hostname, [{ip}]",
    "554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.rbl.test",
    "554 5.7.1 <{to}>: Relay access denied",
    "550 5.1.1 <{to}>: Recipient address rejected: User unknown in local recipient table",
]


class Host:
    def __init__(self, number, seed):
        self.random = random.Random(seed * 1000 + number)
        self.name = f"mx{number:03}"
        self.zone = ZONES[number % len(ZONES)]
        self.has_zone = number % 3 == 0
        self.has_long_ids = number % 2 == 0
        self.lines = []
        self.order = itertools.count()
        self.inode = 4000 + number

    def put(self, at, program, text):
        heapq.heappush(self.lines, (at, next(self.order), f"postfix/{program}[{1000 + self.random.randrange(9)}]: {text}"))

    def id(self, at):
        self.inode += self.random.randrange(1, 4)
        micros = int(at % 1 * 1e6)
        if not self.has_long_ids:
            return f"{micros:05X}{self.inode:X}"
        return f"{digits(int(at), 52, 6)}{digits(micros, 52, 4)}z{digits(self.inode, 51, 1)}"

    def user(self):
        return f"{self.random.choice('abcdefgh')}{self.random.randrange(40)}@{self.random.choice(DOMAINS)}"

    def reject(self, at, ip):
        to = self.user()
        why = self.random.choice(REJECTS).format(ip=ip, to=to)
        self.put(at, "smtpd", f"NOQUEUE: reject: RCPT from unknown[{ip}]: {why}; from=<{self.user()}> to=<{to}> proto=ESMTP helo=<h.example>")

    def message(self, at):
        pick = self.random
        ip = f"192.0.2.{pick.randrange(1, 60)}"
        self.put(at, "smtpd", f"connect from unknown[{ip}]")
        if pick.random() < 0.2:
            self.reject(at + 0.2, ip)
        elif pick.random() < 0.05:
            self.put(at + 0.5, "smtpd", f"warning: unknown[{ip}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6")
        else:
            queue_id, sender = self.id(at + 0.1), self.user()
            login = f", sasl_method=PLAIN, sasl_username={sender}" if pick.random() < 0.3 else ""
            self.put(at + 0.1, "smtpd", f"{queue_id}: client=unknown[{ip}]{login}")
            self.put(at + 0.2, "cleanup", f"{queue_id}: message-id=<{self.inode}@{sender.split('@')[1]}>")
            to = {self.user() for _ in range(pick.choice([1, 1, 1, 1, 2, 3, 8]))}
            self.turn(at + 0.3, queue_id, sender, pick.randrange(400, 90000), sorted(to), at + 0.1)
        self.put(at + 1, "smtpd", f"disconnect from unknown[{ip}] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5")

    def turn(self, at, queue_id, sender, size, recipients, arrival):
        """One try of each recipient, and the next ones."""
        if at - arrival > 20 * 3600:
            self.put(at, "qmgr", f"{queue_id}: from=<{sender}>, status=expired, returned to sender")
            self.put(at + 0.1, "qmgr", f"{queue_id}: removed")
            return
        self.put(at, "qmgr", f"{queue_id}: from=<{sender}>, size={size}, nrcpt={len(recipients)} (queue active)")
        left, end = [], at
        for to in recipients:
            domain = to.split("@")[1]
            mx = f"mx.{domain}[198.51.100.{DOMAINS.index(domain) + 1}]"
            done = at + 0.1 + self.random.random() * 5
            end = max(end, done)
            times = f"delay={done - arrival:.2f}, delays={at - arrival:.2f}/0.01/{(done - at) * 0.4:.2f}/{(done - at) * 0.6:.2f}"
            luck = self.random.random()
            # Some domains do not answer at all.
            if luck < 0.8 and not domain.startswith("stone1"):
                relay, dsn, status, why = f"{mx}:25", "2.0.0", "sent", f"250 2.0.0 Ok: queued as {self.random.getrandbits(40):X}"
            elif luck < 0.95:
                dsn, is_reached, why = self.random.choice(DEFERRED)
                relay, status, why = f"{mx}:25" if is_reached else "none", "deferred", why.format(mx=mx, to=to)
                left.append(to)
            else:
                relay, dsn, status, why = f"{mx}:25", "5.1.1", "bounced", BOUNCED.format(mx=mx, to=to)
            self.put(done, "smtp", f"{queue_id}: to=<{to}>, relay={relay}, {times}, dsn={dsn}, status={status} ({why})")
        if left:
            self.turn(at + self.random.choice([300, 1200, 3600, 14000]), queue_id, sender, size, left, arrival)
        else:
            self.put(end + 0.1, "qmgr", f"{queue_id}: removed")

    def stamp(self, at):
        local = datetime.datetime.fromtimestamp(at, zoneinfo.ZoneInfo(self.zone))
        if self.has_zone:
            return local.isoformat(timespec="microseconds")
        return f"{local:%b} {local.day:2} {local:%H:%M:%S}"

    def text(self, messages):
        for _ in range(messages):
            self.message(START + self.random.random() * SPAN)
        ordered = sorted(line for line in self.lines if line[0] < START + SPAN)
        return "".join(f"{self.stamp(at)} {self.name} {text}\n" for at, _, text in ordered)


def digits(number, base, width):
    text = ""
    while number or not text:
        number, digit = divmod(number, base)
        text = DIGITS[digit] + text
    return text.rjust(width, "0")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.dir.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(args.hosts):
        host = Host(number, args.seed)
        text = host.text(args.messages).encode()
        path = args.dir / f"{host.name}.log{'.gz' if number % 4 == 1 else ''}"
        path.write_bytes(gzip.compress(text, 6, mtime=0) if path.suffix == ".gz" else text)
        rows.append(f"{host.name}\t{host.zone}\t2026\t{path}\n")
    (args.dir / "hosts.tsv").write_text("".join(rows))


if __name__ == "__main__":
    main()
