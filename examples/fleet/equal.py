#!/usr/bin/env python3
"""Exports the logs of hosts, and compares what engines answer from the files with what the programs answer from the logs.

    equal.py --fleet FLEET --programs DIR --work DIR [--engine duckdb|clickhouse|datafusion]... HOSTS.tsv

HOSTS.tsv has the host, the zone, the year and the file of each log, as hosts.py writes it. Everything is compared to the
last count; quantiles within 1 %, their stated error. Any difference ends with status 1.
"""

import argparse
import collections
import dataclasses
import json
import pathlib
import subprocess
import sys

import engines
from truth import Truth, folded, run


@dataclasses.dataclass
class Host:
    name: str
    zone: str
    year: str
    file: str

    def arguments(self):
        year = ["--year", self.year] if self.year != "-" else []
        return ["--tz", self.zone, *year, self.file]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fleet", type=pathlib.Path, required=True)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--engine", action="append", choices=["duckdb", "clickhouse", "datafusion"])
    parser.add_argument("hosts", type=pathlib.Path)
    args = parser.parse_args()
    hosts = [Host(*line.split("\t")) for line in args.hosts.read_text().splitlines()]
    out = (args.work / "parquet").absolute()
    for host in hosts:
        run(args.fleet, "export", "--resume", "--out", out, "--host", host.name, *host.arguments())
    print(run(args.fleet, "check", out), end="")
    manifests = [json.loads((out / f"manifest/host={host.name}/manifest.json").read_text()) for host in hosts]
    truth = Truth(args.programs, hosts, args.work)
    wrong = 0
    for name in ("flows", "summary"):
        first, second = truth.regrouped(name)
        wrong += check(f"merged {name}", second.splitlines(), first.splitlines())
    for name in args.engine or ["duckdb", "clickhouse", "datafusion"]:
        match name:
            case "duckdb":
                engine = engines.DuckDB(out)
            case "clickhouse":
                engine = engines.ClickHouse(out)
            case "datafusion":
                engine = engines.DataFusion(out)
        wrong += compare(name, engine, truth, manifests, out)
    sys.exit(wrong > 0)


def compare(name, engine, truth, manifests, out):
    """Compares the answers of an engine, and saves them for those who compare others with them."""
    print(f"== {name}")
    answers = {query: engines.answer(engine, query) for query in engines.QUERIES}
    (out.parent / "answers.json").write_text(json.dumps(answers))
    wrong = check("rows", answers["rows"], lines(manifests))
    if hasattr(engine, "files"):
        parts = {str(out / part["path"]): part["rows"] for manifest in manifests for part in manifest["parts"]}
        read = {path: int(count) for path, count in engine.files(out).items()}
        wrong += check("files read once", sorted(read.items()), sorted(parts.items()))
    for query in engines.QUERIES:
        if query in ("rows", "delays"):
            continue
        rows = answers[query]
        wrong += check(query, folded(rows) if query == "days" else rows, truth.answer(query))
    return wrong + quantiles(answers["delays"], truth.delays())


def lines(manifests):
    """The rows of each table by host and date: in one file, unless a clock went back."""
    counts = collections.Counter()
    for manifest in manifests:
        for part in manifest["parts"]:
            table, host, date, _ = part["path"].split("/")
            counts[table, host.removeprefix("host="), date.removeprefix("date=")] += part["rows"]
    return sorted(((*key, rows, rows) for key, rows in counts.items()), key=repr)


def check(name, found, expected):
    if found == expected:
        print(f"{name:16} equal: {len(found)} rows")
        return 0
    print(f"{name:16} DIFFERENT: {len(found)} rows, expected {len(expected)}")
    for title, rows in (("found", set(found) - set(expected)), ("expected", set(expected) - set(found))):
        for row in sorted(rows, key=repr)[:5]:
            print(f"    {title}: {row}")
    return 1


def quantiles(rows, expected):
    """Both round: the one to 1 %, the other to what is printed."""
    wrong, compared = 0, 0
    for server, _, *found in rows:
        for own, other in zip(found, expected.get(server, [])):
            seconds = own / 1e6
            compared += 1
            if other is None or abs(seconds - other) > 0.01 * seconds + (0.006 if other < 100 else 0.6):
                wrong += 1
                print(f"    {server}: found {seconds}, expected {other}")
    print(f"{'delays':16} {compared} quantiles within 1 %" if not wrong else f"{'delays':16} DIFFERENT: {wrong}")
    return wrong > 0 or compared == 0


if __name__ == "__main__":
    main()
