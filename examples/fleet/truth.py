"""The answers of the programs `flows`, `fates` and `summary`: each host by itself, then merged."""

import collections
import json
import subprocess
import sys


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.decode()}")
    return done.stdout.decode()


class Truth:
    def __init__(self, programs, hosts, work):
        self.programs, self.hosts, self.work = programs, hosts, work
        self.saved = {name: self.save(name) for name in ("flows", "summary")}
        self.fates = [json.loads(line) for host in hosts for line in run(programs / "fates", "--json", *host.arguments()).splitlines()]
        run(programs / "flows", "--merge", *self.saved["flows"], "--save", work / "flows.json")
        self.flows = json.loads((work / "flows.json").read_text())["flows"]
        self.summary = json.loads(run(programs / "summary", "--merge", *self.saved["summary"], "--json", "--top", "0"))

    def save(self, name):
        directory = self.work / name
        directory.mkdir(parents=True, exist_ok=True)
        for host in self.hosts:
            run(self.programs / name, *host.arguments(), "--save", directory / host.name)
        return [directory / host.name for host in self.hosts]

    def regrouped(self, name):
        """What the saved states say in their order, and in another order, merged in two groups first."""
        show = [self.programs / name, *(["--json", "--top", "0"] if name == "summary" else [])]
        groups = [self.work / f"{name}.{number}" for number in range(2)]
        for number, group in enumerate(groups):
            run(self.programs / name, "--merge", *self.saved[name][number::2][::-1], "--save", group)
        return [run(*show, "--merge", *order) for order in (self.saved[name], groups[::-1])]

    def answer(self, query):
        return sorted(getattr(self, f"of_{query}")(), key=repr)

    def of_flows(self):
        names = ("sent", "bounced", "deferred", "throttled", "expired", "waiting")
        return [(name, *(flow["counts"][count] for count in names)) for name, flow in self.flows.items()]

    def of_fates(self):
        counts, holds = collections.Counter(), collections.Counter()
        for fate in self.fates:
            if fate["to"] is not None:
                classes = [attempt["class"] for attempt in fate["attempts"] if "class" in attempt]
                key = (domain(fate["to"]), classes[-1] if classes else "-", fate["fate"])
                counts[key] += 1
                holds[key] += round(fate.get("hold_s", 0) * 1_000_000)
        return [(*key, counts[key], holds[key]) for key in counts]

    def of_totals(self):
        names = (
            "received delivered forwarded deferrals deferred deferred_messages bounced expired rejects reject_warnings"
            " held discarded bytes_received bytes_delivered"
        )
        return [tuple(self.summary["totals"][name] for name in names.split())]

    def of_days(self):
        """Days and hours are counted apart there."""
        names = ("received", "delivered", "deferrals", "bounced", "bytes")
        keys = [("day", slot) for slot in self.summary["days"]] + [("hour", slot) for slot in self.summary["hours"]]
        rows = [(kind, slot["key"], *(slot[name] for name in names)) for kind, slot in keys]
        return [row for row in rows if any(row[2:])]

    def of_domains(self):
        return [(row["key"], row["messages"], row["bytes"]) for row in self.summary["domains"]]

    def of_senders(self):
        return [("<>" if row["key"] == "MAILER-DAEMON" else row["key"], row["messages"], row["bytes"]) for row in self.summary["sender_domains"]]

    def of_users(self):
        return [(row["key"], row["messages"], row["bytes"]) for row in self.summary["users"]]

    def of_reasons(self):
        lists = {"bounced": self.summary["bounces"], "deferred": self.summary["deferrals"]}
        return [(outcome, row["class"], row.get("text", ""), row["count"]) for outcome, rows in lists.items() for row in rows]

    def of_rejects(self):
        return self.counts("rejects", "program", "stage", "class", "client", "text")

    def of_warnings(self):
        return self.counts("warnings", "program", "severity", "text")

    def of_logins(self):
        return self.counts("logins", "network", "user")

    def counts(self, name, *words):
        return [(*(row.get(word, "") for word in words), row["count"]) for row in self.summary[name]]

    def delays(self):
        """The quantiles of the total delay by flow, in seconds, as `flows` prints them."""
        text = run(self.programs / "flows", "--merge", *self.saved["flows"])
        lines = text.split("\nseconds", 1)[1].splitlines()[1:]
        rows = [line.split() for line in lines if "…" not in line]
        return {" ".join(row[:-15]): [None if cell == "-" else float(cell) for cell in row[-15:-12]] for row in rows}


def domain(address):
    if not address:
        return "<>"
    return address.rsplit("@", 1)[1].lower() if "@" in address else "(no domain)"


def folded(rows):
    """The rows of days.sql as days and hours apart."""
    sums = collections.defaultdict(lambda: [0] * 5)
    for day, hour, *counts in rows:
        for key in (("day", day), ("hour", f"{int(hour):02}")):
            sums[key] = [total + count for total, count in zip(sums[key], counts)]
    return sorted(((*key, *counts) for key, counts in sums.items() if any(counts)), key=repr)
