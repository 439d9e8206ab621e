#!/usr/bin/env python3
"""A scheduler and two executors: the same answers as one process, also when things fail.

    ballista.py --fleet FLEET --engine FLEET-ENGINE --tables DIR --work DIR

DIR is what `fleet export` wrote. The answers expected are those of DataFusion in one process, which equal.py compares with
the programs. Ends with status 1 where an answer is another one; an error in place of an answer is told, and is right only
where a file is damaged.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time

SQL = pathlib.Path(__file__).parent / "sql"
QUERIES = ("rows", "flows", "fates", "totals", "days", "domains", "senders", "rejects", "delays", "states")
PORT, EXECUTORS = 50150, (50161, 50171)
ADAPTIVE = ["--set", "ballista.planner.adaptive.enabled=true"]


def chaos(fault, seed):
    """Ballista's own fault injection, which only its adaptive planner has."""
    name = "ballista.testing.chaos_execution"
    settings = {"enabled": "true", "probability": "0.3", "fault_type": fault, "seed": str(seed)}
    return ADAPTIVE + [word for key, value in settings.items() for word in ("--set", f"{name}.{key}={value}")]


class Cluster:
    def __init__(self, args):
        self.args = args
        self.processes = {}

    def start(self, name, *arguments):
        log = (self.args.work / f"{name}.log").open("ab")
        command = [self.args.engine, *arguments]
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env={"RUST_LOG": "info"})

    def scheduler(self):
        self.start("scheduler", "scheduler", "--port", str(PORT))
        wait_for(PORT)

    def executor(self, port):
        work = str(self.args.work / f"executor-{port}")
        self.start(port, "executor", "--port", str(port), "--scheduler-port", str(PORT), "--work", work)
        wait_for(port)

    def stop(self, name, kill=False):
        process = self.processes.pop(name)
        process.kill() if kill else process.terminate()
        process.wait()

    def __enter__(self):
        self.scheduler()
        for port in EXECUTORS:
            self.executor(port)
        return self

    def __exit__(self, *_):
        for name in list(self.processes):
            self.stop(name)

    def query(self, query, options=(), tables=None):
        url = f"http://127.0.0.1:{PORT}"
        return [self.args.engine, "query", "--scheduler", url, *options, "--tables", tables or self.args.tables, SQL / "mail.sql", SQL / f"{query}.sql"]

    def shuffled(self):
        """The bytes that each executor wrote for other stages or for the client."""
        works = (self.args.work / f"executor-{port}" for port in EXECUTORS)
        return [sum(file.stat().st_size for file in work.rglob("*") if file.is_file()) for work in works]


def wait_for(port):
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    sys.exit(f"nothing listens on port {port}")


def answer(done):
    """The rows in any order, or none if there was an error."""
    if done.returncode != 0:
        return None
    return collections.Counter(done.stdout.splitlines())


def run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def last_line(done):
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[0][:200] if lines else "no message"


class Checks:
    def __init__(self):
        self.wrong = 0

    def compare(self, name, done, expected, error_is_right=False):
        found = answer(done)
        if found is None:
            self.wrong += not error_is_right
            print(f"{name:44} {'a clear error' if error_is_right else 'ERROR'}: {last_line(done)}", flush=True)
        elif found == expected:
            print(f"{name:44} equal: {sum(found.values())} rows", flush=True)
        else:
            self.wrong += 1
            print(f"{name:44} DIFFERENT: {sum(found.values())} rows, expected {sum(expected.values())}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ("fleet", "engine", "tables", "work"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    args = parser.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    checks, expected = Checks(), {}
    with Cluster(args) as cluster:
        for query in QUERIES:
            expected[query] = answer(run(cluster.query(query, ["--local"])))
            if expected[query] is None:
                sys.exit(f"{query}: no answer in one process")
            before = cluster.shuffled()
            checks.compare(f"{query}: two executors", run(cluster.query(query)), expected[query])
            grown = [after - earlier for earlier, after in zip(before, cluster.shuffled())]
            print(f"{'':44} shuffled {grown[0]} and {grown[1]} bytes", flush=True)
        states(args, expected["states"], checks)
        faults(args, cluster, expected, checks)
    sys.exit(checks.wrong > 0)


def states(args, rows, checks):
    """The states that Ballista merged are those that `fleet states` merges."""
    found = {row["name"]: row["state"] for row in map(json.loads, rows)}
    expected = dict(line.split() for line in run([args.fleet, "states", "--hex", args.tables]).stdout.splitlines())
    checks.wrong += found != expected
    print(f"{'states: those of fleet states':44} {'equal' if found == expected else 'DIFFERENT'}: {len(found)}")


def faults(args, cluster, expected, checks):
    for query in ("flows", "totals", "states"):
        for fault in ("transient", "delay:20", "panic"):
            for seed in (1, 2, 3):
                done = run(cluster.query(query, chaos(fault, seed)))
                checks.compare(f"{query}: injected {fault}, seed {seed}", done, expected[query], fault == "panic")
    # Slowed down, so that it has not ended when one of the two that work at it is killed.
    slow = chaos("delay:400", 1)
    for query in ("flows", "totals"):
        before = cluster.shuffled()
        process = subprocess.Popen(cluster.query(query, slow), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and not all(after > earlier for earlier, after in zip(before, cluster.shuffled())):
            time.sleep(0.01)
        is_running = process.poll() is None
        cluster.stop(EXECUTORS[1], kill=True)
        out, error = process.communicate()
        done = subprocess.CompletedProcess(process.args, process.returncode, out, error)
        checks.compare(f"{query}: an executor killed {'half way' if is_running else 'TOO LATE'}", done, expected[query])
        checks.wrong += not is_running
        cluster.executor(EXECUTORS[1])
    bad = args.work / "bad"
    shutil.copytree(args.tables, bad)
    part = sorted((bad / "events").rglob("*.parquet"))[0]
    whole = part.read_bytes()
    for name, bytes in (("cut off", whole[: len(whole) // 2]), ("empty", b""), ("without its footer", whole[:-8])):
        part.write_bytes(bytes)
        checks.compare(f"totals: a file {name}", run(cluster.query("totals", tables=bad)), expected["totals"], True)
        done = run([args.fleet, "check", bad])
        checks.wrong += done.returncode != 1
        print(f"{'':44} fleet check: {last_line(done)}")


if __name__ == "__main__":
    main()
