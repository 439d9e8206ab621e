#!/usr/bin/env python3
"""Loads the JSON lines of hosts into the tables of schema.sql, each twice, and compares the rollups with the programs.

    try.py --programs DIR --work DIR HOSTS.tsv

Needs chdb, ClickHouse as a Python module. The second load of a host must not count.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

from chdb import session

SCHEMA = pathlib.Path(__file__).with_name("schema.sql")
LOAD = (
    "insert into {table} from infile '{path}' settings insert_deduplication_token = '{token}',"
    " deduplicate_blocks_in_dependent_materialized_views = 1, min_insert_block_size_rows = 1000000000,"
    " min_insert_block_size_bytes = 0, max_insert_block_size = 1000000000, max_insert_threads = 1,"
    " input_format_parallel_parsing = 0, date_time_input_format = 'best_effort' format JSONEachRow"
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("hosts", type=pathlib.Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    database = session.Session()
    database.query("create database mail")
    database.query("use mail")
    for statement in SCHEMA.read_text().split(";\n"):
        if statement.strip():
            database.query(statement)
    totals, fates, lines = collections.Counter(), collections.Counter(), 0
    for row in args.hosts.read_text().splitlines():
        host, zone, year, file = row.split("\t")
        arguments = ["--tz", zone, "--year", year, file]
        maillog = output(args, "maillog", arguments, args.work / "maillog.jsonl")
        rows = output(args, "fates", ["--json", "--all", *arguments], args.work / "fates.jsonl")
        for _ in range(2):
            database.query(LOAD.format(table="maillog", path=maillog, token=f"{host}-{file}"))
            database.query(LOAD.format(table="fates", path=rows, token=f"{host}-{file}"))
        summary = output(args, "summary", ["--json", *arguments], args.work / "summary.json")
        totals.update(json.loads(summary.read_text())["totals"])
        lines += len(maillog.read_text().splitlines())
        fates.update(json.loads(line)["fate"] for line in rows.read_text().splitlines())

    def answer(query):
        text = str(database.query(query, "JSONCompact"))
        return {row[0]: int(row[1]) for row in json.loads(text)["data"]}

    found = answer("select status, sum(attempts) from deliveries_hourly group by status")
    wrong = check("lines", answer("select 'lines', count() from maillog"), {"lines": lines})
    expected = {"sent": totals["delivered"], "deferred": totals["deferrals"], "bounced": totals["bounced"]}
    wrong += check("deliveries_hourly", found, expected)
    found = answer("select 'rejects', sum(rejects) from rejects_hourly")
    wrong += check("rejects_hourly", found, {"rejects": totals["rejects"]})
    wrong += check("fates", answer("select fate, count() from fates final group by fate"), dict(fates))
    sys.exit(wrong > 0)


def output(args, program, arguments, path):
    with path.open("wb") as file:
        subprocess.run([args.programs / program, *arguments], stdout=file, stderr=subprocess.PIPE, check=True)
    return path


def check(name, found, expected):
    print(f"{name:20} {'equal' if found == expected else 'DIFFERENT'}: {found}")
    if found != expected:
        print(f"{'':20} expected: {expected}")
    return found != expected


if __name__ == "__main__":
    main()
