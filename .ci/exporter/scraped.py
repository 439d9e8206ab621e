"""A real Prometheus scrapes ours. It stores every series with the value that we show, and answers every query of the
dashboard, of the alert rules and those that people have for the other exporters, with the number that the traffic
makes.

    scraped.py WORKDIR
"""

import datetime
import json
import math
import re
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

from common import ROOT, Running, exporter, fail, free_port, metrics, page, shown, wait
from promql import Pages, plain

NOW = 1801579401
QUERIES = [
    'postfix_showq_message_size_bytes_count{queue="deferred"} > 100',
    'postfix_showq_queue_depth{queue="deferred"} > 100',
    'rate(postfix_smtp_messages_processed_total{status="sent"}[5m])',
    'rate(postfix_smtpd_messages_rejected_total[5m])',
    'increase(postfix_smtpd_sasl_authentication_failures_total[1h])',
    'postfix_queue_oldest_age_seconds{queue="deferred"}',
]
# Numbers that the sample was made to have.
KNOWN = {QUERIES[0]: 173, QUERIES[1]: 173}

# What the sample's queues and log must set off at once or after some time.
ALERTS = {"PostfixMailWaitsLong", "PostfixMailNotPickedUp", "PostfixTrouble"}

CONFIG = """global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 5s}}
rule_files: [{rules}]
scrape_configs: [{{job_name: postfix, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""


def ask(port, query, at=None):
    parameters = {"query": query} | ({"time": at} if at else {})
    return json.loads(page(port, "/api/v1/query?" + urllib.parse.urlencode(parameters)))["data"]["result"]


def dashboard():
    panels = json.loads((ROOT / "examples/exporter/dashboard.json").read_text())["panels"]
    for panel in panels:
        for target in panel["targets"]:
            yield target["expr"].replace("$job", ".*").replace("$instance", ".*")


def again(line):
    """The same of other messages, a week later: every line counts as before."""
    # The inode number, which ends a short queue id, gets a digit more.
    line = re.sub(rb"\b([0-9A-F]{10,12})\b", rb"\g<1>1", line)
    if stamp := re.match(rb"(\w{3} [ \d]\d) ", line):
        day = datetime.datetime.strptime("2027 " + stamp[1].decode(), "%Y %b %d") + datetime.timedelta(7)
        return day.strftime("%b %d").encode() + line[6:]
    return line.replace(b"2026-11-22T", b"2026-11-29T", 1)


def grow(log, lines, seconds):
    """The log grows bit by bit, as logs do."""
    for turn in range(seconds):
        with log.open("ab") as file:
            file.writelines(lines[turn::seconds] if seconds == 1 else lines[len(lines) * turn // seconds:len(lines) * (turn + 1) // seconds])
        time.sleep(1)


def read_all(port, lines):
    """The page once that many lines are counted and nothing changes any more."""
    clocks = re.compile(r"postfix_scan_|process_")
    before = None

    def settled():
        nonlocal before
        now = {k: v for k, v in metrics(port).items() if not clocks.match(k[0])}
        is_done = sum(v for (name, _), v in now.items() if name == "postfix_log_lines_total") == lines
        before, is_same = now, now == before
        time.sleep(1)
        return is_done and is_same and now

    return wait(f"{lines} lines to be counted", settled)


def stored(port):
    """Every series that Prometheus has now, by name and labels without its own."""
    series = {}
    for one in ask(port, '{__name__=~"postfix_.+"}'):
        labels = [(k, v) for k, v in one["metric"].items() if k not in ("job", "instance", "__name__")]
        series[one["metric"]["__name__"], plain(labels)] = float(one["value"][1])
    return series


def unescaped(page):
    return {
        (name, tuple((k, v.replace('\\"', '"').replace("\\\\", "\\")) for k, v in labels)): value
        for (name, labels), value in page.items()
    }


def compare(ports):
    def difference():
        theirs = stored(ports["prometheus"])
        mine = {(name, plain(labels)): value for (name, labels), value in unescaped(metrics(ports["exporter"])).items()}
        keys = {key for key in theirs.keys() | mine.keys() if key[0].startswith("postfix_") and not key[0].startswith("postfix_scan_")}
        return [f"{shown(k)}: {theirs.get(k)} there, {mine.get(k)} here" for k in sorted(keys, key=str) if theirs.get(k) != mine.get(k)], len(keys)

    end = time.monotonic() + 60
    while (found := difference())[0] and time.monotonic() < end:
        time.sleep(1)
    if found[0]:
        fail("Prometheus has other numbers:\n  " + "\n  ".join(found[0][:20]))
    if found[1] < 300:
        fail(f"only {found[1]} series")
    print(f"{found[1]} series are in Prometheus as we show them")


def check_first(port, first, at):
    """What Prometheus has of each series at first: our first page, and what came to it since. Then the factors by which
    it may take a rise for more than it was: it adds up to 1.1 intervals between scrapes at each end."""
    series, stretch = {}, {}
    for one in ask(port, '{__name__=~"postfix_.+"}[1h]', at):
        name, values = one["metric"].pop("__name__"), one["values"]
        stretch[name, plain(one["metric"].items())] = 1 + 2.2 / max(len(values) - 1, 1)
        labels = [(k, v) for k, v in one["metric"].items() if k not in ("job", "instance")]
        series[name, tuple(labels)] = float(values[0][1])
    known = {(name, plain(labels)): value for (name, labels), value in series.items()}
    clocks = re.compile("postfix_scan_")
    mine = {(name, plain(labels)): value for (name, labels), value in unescaped(first).items() if name.startswith("postfix_")}
    if wrong := [f"{shown(k)}: {known.get(k)} there, {v} here" for k, v in mine.items() if known.get(k) != v and not clocks.match(k[0])]:
        fail("Prometheus began with other numbers:\n  " + "\n  ".join(wrong[:20]))
    return series, stretch


def check_rise(first, now):
    """The second half of the log has the lines of the first: whatever counts lines rises by as much as it was."""
    # The others depend on what came before, or are no counters.
    others = re.compile(r"postfix_(up|queue|showq|scan|recipients|log_gaps)|process_")
    lines = [key for key in now if not others.match(key[0])]
    if wrong := [f"{shown(k)}: {first.get(k)}, then {now[k]}" for k in lines if now[k] != 2 * first.get(k, math.nan)]:
        fail("the same lines again count otherwise:\n  " + "\n  ".join(wrong[:20]))
    if len(lines) < 200 or not sum(now[key] for key in lines):
        fail("nothing rose")
    print(f"{len(lines)} series rose by what the lines say")


def answers(port, query, at):
    return {plain((k, v) for k, v in one["metric"].items() if k != "__name__"): float(one["value"][1]) for one in ask(port, query, at)}


def check_query(port, query, pages, stretched):
    theirs, ours, most = answers(port, query, pages.clock), pages.value(query), stretched.value(query)
    # Where the last places are shared, it may be anybody's.
    if query.startswith("topk"):
        theirs, ours, most = ({n: v for n, v in enumerate(sorted(values.values()))} for values in (theirs, ours, most))
    # In a quotient it hardly matters, whatever the series are stretched by.
    is_quotient = " / " in query or "quantile" in query or "time()" in query
    if not theirs:
        fail(f"no answer to {query}")
    if theirs.keys() != ours.keys():
        fail(f"{query} has {theirs.keys() ^ ours.keys()} on one side only")
    for labels, want in ours.items():
        got, least, highest = theirs[labels], want, most[labels]
        if is_quotient:
            least, highest = 0.99 * want, 1.01 * want
        is_right = math.isnan(got) if math.isnan(want) else least - 1e-9 <= got <= highest + 1e-9
        if not is_right:
            fail(f"{query} says {got} of {sorted(labels) if isinstance(labels, frozenset) else labels}, not {least} to {highest}")
    if query in KNOWN and set(theirs.values()) != {KNOWN[query]}:
        fail(f"{query} says {theirs}, not {KNOWN[query]}")
    return len(ours), sum(1 for value in ours.values() if value > 0)


def check_alerts(port, pages):
    wait("the rules to be evaluated", lambda: all(rule["lastEvaluation"] > "2" for rule in rules(port)))
    time.sleep(6)
    for rule in rules(port):
        if rule["health"] != "ok":
            fail(f"{rule['name']} cannot be evaluated: {rule.get('lastError')}")
        # Where it has come true by our own working, it is pending or fires, and the other way round.
        wanted, is_on = bool(pages.value(rule["query"])), rule["state"] != "inactive"
        if wanted != is_on:
            fail(f"{rule['name']} is {rule['state']}, and its condition is {wanted}")
    on = {rule["name"] for rule in rules(port) if rule["state"] != "inactive"}
    if on != ALERTS:
        fail(f"alerts that are on: {sorted(on)}, not {sorted(ALERTS)}")
    print(f"{len(rules(port))} alert rules are evaluated; those that the sample sets off are on, and no others")


def rules(port):
    return json.loads(page(port, "/api/v1/rules"))["data"]["groups"][0]["rules"]


def main():
    root = Path(sys.argv[1]).resolve()
    log, spool = root / "mail.log", root / "spool"
    spool.mkdir()
    sample = ROOT / "examples/sample"
    subprocess.run(f"zstd -dcf {sample}/spool.tar.zst | tar -xpf - -C {spool} 2>/dev/null", shell=True, check=True)
    lines = subprocess.run(["zstd", "-dcf", sample / "mail.log.zst"], capture_output=True, check=True).stdout.splitlines(keepends=True)
    lines += (ROOT / "examples/tests/exporter/mail.log").read_bytes().splitlines(keepends=True)
    ports = {name: free_port() for name in ("exporter", "prometheus")}
    config = root / "prometheus.yml"
    config.write_text(CONFIG.format(rules=ROOT / "examples/exporter/alerts.yml", port=ports["exporter"]))
    with exporter(ports["exporter"], "--spool", spool, "--log", log, "--scan-interval", "600s", "--now", NOW, "--year", "2027"):
        grow(log, lines, 1)
        # Every series is there before Prometheus comes: a rise from nothing to the first number is none to it.
        first = read_all(ports["exporter"], len(lines))
        with Running("prometheus", f"--config.file={config}", f"--storage.tsdb.path={root}/data",
                     f"--web.listen-address=127.0.0.1:{ports['prometheus']}"):
            port = ports["prometheus"]
            wait("Prometheus to scrape", lambda: ask(port, 'up{job="postfix"} == 1') and stored(port))
            grow(log, [again(line) for line in lines], 30)
            now = read_all(ports["exporter"], 2 * len(lines))
            compare(ports)
            check_rise(first, now)
            # A few scrapes in which nothing changes, so that all of the rise lies between two scrapes.
            time.sleep(5)
            at = time.time()
            own = {"job": "postfix", "instance": f"127.0.0.1:{ports['exporter']}"}
            now = unescaped(metrics(ports["exporter"]))
            base, stretch = check_first(port, first, at)
            pages, stretched = Pages(now, base, own, at), Pages(now, base, own, at, stretch)
            queries = QUERIES + list(dashboard())
            numbers = [check_query(port, query, pages, stretched) for query in queries]
            if empty := [query for query, (_, more) in zip(queries, numbers) if not more and "scan" not in query]:
                fail(f"nothing but zeros for {empty}")
            print(f"{len(queries)} queries have the right numbers, {sum(count for count, _ in numbers)} in all; rises may be stretched by {100 * (min(stretch.values()) - 1):.1f} % or more")
            check_alerts(port, pages)


main()
