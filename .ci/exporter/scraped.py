"""A real Prometheus scrapes ours: it stores every series with the value that we show, and answers every query of the
dashboard and those that people have for the other exporters.

    scraped.py WORKDIR
"""

import json
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

from common import ROOT, Running, exporter, fail, free_port, metrics, page, shown, wait

QUERIES = [
    'postfix_showq_message_size_bytes_count{queue="deferred"} > 100',
    'postfix_showq_queue_depth{queue="deferred"} > 100',
    'rate(postfix_smtp_messages_processed_total{status="sent"}[5m])',
    'rate(postfix_smtpd_messages_rejected_total[5m])',
    'increase(postfix_smtpd_sasl_authentication_failures_total[1h])',
    'postfix_queue_oldest_age_seconds{queue="deferred"}',
]

CONFIG = """global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 5s}}
rule_files: [{rules}]
scrape_configs: [{{job_name: postfix, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""


def ask(port, query):
    answer = json.loads(page(port, "/api/v1/query?" + urllib.parse.urlencode({"query": query})))
    return answer["data"]["result"]


def dashboard():
    panels = json.loads((ROOT / "examples/exporter/dashboard.json").read_text())["panels"]
    for panel in panels:
        for target in panel["targets"]:
            yield target["expr"].replace("$job", ".*").replace("$instance", ".*")


def grow(log, lines, seconds):
    """The log grows bit by bit: a rate needs two scrapes."""
    for turn in range(seconds):
        with log.open("ab") as file:
            file.writelines(lines[turn::seconds])
        time.sleep(1)


def stored(port):
    """Every series that Prometheus has now, by name and labels without its own."""
    series = {}
    for one in ask(port, '{__name__=~"postfix_.+"}'):
        labels = {k: v for k, v in one["metric"].items() if k not in ("job", "instance", "__name__")}
        if "le" in labels:
            labels["le"] = f'{float(labels["le"]):g}'
        series[one["metric"]["__name__"], tuple(sorted(labels.items()))] = float(one["value"][1])
    return series


def ours(port):
    series = {}
    for (name, labels), value in metrics(port).items():
        # An empty label is as good as none to Prometheus.
        plain = [(k, f"{float(v):g}" if k == "le" else v.replace('\\"', '"').replace("\\\\", "\\")) for k, v in labels if v]
        series[name, tuple(sorted(plain))] = value
    return series


def compare(ports):
    def difference():
        theirs, mine = stored(ports["prometheus"]), ours(ports["exporter"])
        keys = {key for key in theirs.keys() | mine.keys() if not key[0].startswith("postfix_scan_")}
        return [f"{shown(k)}: {theirs.get(k)} there, {mine.get(k)} here" for k in sorted(keys) if theirs.get(k) != mine.get(k)], len(keys)

    end = time.monotonic() + 60
    while (found := difference())[0] and time.monotonic() < end:
        time.sleep(1)
    if found[0]:
        fail("Prometheus has other numbers:\n  " + "\n  ".join(found[0][:20]))
    if found[1] < 300:
        fail(f"only {found[1]} series")
    print(f"{found[1]} series are in Prometheus as we show them")


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
    with (
        exporter(ports["exporter"], "--spool", spool, "--log", log, "--scan-interval", "5s", "--now", "1801579401"),
        Running("prometheus", f"--config.file={config}", f"--storage.tsdb.path={root}/data",
                f"--web.listen-address=127.0.0.1:{ports['prometheus']}"),
    ):
        wait("Prometheus to scrape", lambda: ask(ports["prometheus"], 'up{job="postfix"} == 1'))
        # Each service has a line at first, so that its counters rise from then on.
        grow(log, lines, 20)
        compare(ports)
        queries = QUERIES + list(dashboard())
        for query in queries:
            result = ask(ports["prometheus"], query) or fail(f"no answer to {query}")
            if all(one["value"][1] == "NaN" for one in result):
                fail(f"no number for {query}")
        print(f"{len(queries)} queries are answered")
        deferred = ask(ports["prometheus"], QUERIES[0])[0]["value"][1]
        if deferred != "173":
            fail(f"{QUERIES[0]} says {deferred}, not 173")
        health = json.loads(page(ports["prometheus"], "/api/v1/rules"))["data"]["groups"][0]["rules"]
        if bad := [rule["name"] for rule in health if rule["health"] == "err"]:
            fail(f"alerts that cannot be evaluated: {bad}")
        print(f"{len(health)} alert rules are evaluated")


main()
