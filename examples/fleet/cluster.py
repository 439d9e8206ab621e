#!/usr/bin/env python3
"""A Ballista scheduler and two executors, each a process: the same answers as the programs, or an error.

    cluster.py [--port 50150] check WORK         WORK is that of equal.py; it has the files and the answers
    cluster.py [--port 50150] query DIR FILE...  asks a scheduler in SQL; DIR is what `fleet export` wrote
    cluster.py [--port 50150] scheduler
    cluster.py [--port 50150] executor ADDRESS   ADDRESS is one of this host, under which the scheduler reaches the executor

Needs the module `ballista`. `check` starts its executors under the two addresses below, which this host must have:

    unshare --map-root-user --net sh -c 'ip link set lo up && for a in 10.99.0.2 10.99.0.3; do ip addr add $a dev lo; done &&
        exec python3 cluster.py check WORK'

`check` ends with status 1 where an answer is another one. An error in place of an answer is right only where a file is
damaged.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import ballista

import engines

EXECUTORS = ("10.99.0.2", "10.99.0.3")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=50150)
    parser.add_argument("--scheduler", metavar="HOST", help="the scheduler's host, if it is another one")
    roles = parser.add_subparsers(dest="role", required=True)
    roles.add_parser("scheduler")
    roles.add_parser("executor").add_argument("address")
    query = roles.add_parser("query")
    query.add_argument("dir", type=pathlib.Path)
    query.add_argument("files", type=pathlib.Path, nargs="+")
    roles.add_parser("check").add_argument("work", type=pathlib.Path)
    args = parser.parse_args()
    match args.role:
        case "scheduler":
            serve(ballista.BallistaScheduler("0.0.0.0", args.port))
        case "executor":
            # One task at a time: else the first executor takes all.
            serve(ballista.BallistaExecutor(args.port + 1, args.address, args.scheduler or args.address, args.port, 1))
        case "query":
            context = ballista.BallistaSessionContext(f"df://{args.scheduler or '127.0.0.1'}:{args.port}")
            engine = engines.DataFusion(args.dir.absolute(), context)
            for file in args.files:
                for row in engine.rows(file.read_text()):
                    print(json.dumps([engines.plain(cell) for cell in row]))
        case "check":
            with Cluster(args.port, args.work.absolute()) as cluster:
                sys.exit(Check(cluster).run() > 0)


def serve(process):
    process.start()
    process.wait_for_termination()


class Cluster:
    def __init__(self, port, work):
        self.port, self.work, self.processes = port, work, {}
        self.directory = work / "ballista"
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, name, role, *arguments):
        """Starts a process, whose temporary files are what it hands to other stages."""
        place = self.directory / name
        place.mkdir(parents=True, exist_ok=True)
        with (self.directory / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-B", __file__, "--port", str(self.port), role, *arguments]
            environment = os.environ | {"TMPDIR": str(place), "RUST_LOG": "info"}
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def executor(self, address):
        self.start(address, "executor", address)
        self.wait_for(address, address, self.port + 1)

    def wait_for(self, name, address, port):
        while self.processes[name].poll() is None:
            with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
                return
            time.sleep(0.2)
        sys.exit((self.directory / f"{name}.log").read_text())

    def __enter__(self):
        self.start("scheduler", "scheduler")
        self.wait_for("scheduler", "127.0.0.1", self.port)
        for address in EXECUTORS:
            self.executor(address)
        return self

    def kill(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def __exit__(self, *_):
        for name in list(self.processes):
            self.kill(name)

    def ask(self, query, tables=None):
        command = [sys.executable, "-B", __file__, "--port", str(self.port), "query", tables or self.work / "parquet"]
        return subprocess.Popen(
            [*command, engines.SQL / f"{query}.sql"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def files(self):
        """What the executors have written for other stages and for clients, with the sizes."""
        return [sizes(self.directory / address) for address in EXECUTORS]


def sizes(directory):
    found = {}
    for file in directory.rglob("*"):
        # A job that has ended is removed meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if file.is_file():
                found[file] = file.stat().st_size
    return found


class Check:
    def __init__(self, cluster):
        self.cluster, self.wrong = cluster, 0
        answers = json.loads((cluster.work / "answers.json").read_text())
        self.expected = {query: sorted(rows, key=repr) for query, rows in answers.items()}

    def run(self):
        for query in engines.QUERIES:
            before, written = self.cluster.files(), [{}, {}]
            process = self.cluster.ask(query)
            while process.poll() is None:
                for old, new, now in zip(before, written, self.cluster.files()):
                    new.update({file: size for file, size in now.items() if file not in old})
                time.sleep(0.02)
            self.compare(query, query, process)
            sums = [sum(new.values()) for new in written]
            print(f"{'':28} the executors wrote {' and '.join(map(str, sums))} bytes", flush=True)
        self.damage()
        return self.wrong

    def compare(self, name, query, process, error_is_right=False):
        out, error = process.communicate()
        if process.returncode != 0:
            self.wrong += not error_is_right
            lines = error.strip().splitlines() or ["no message"]
            print(f"{name:28} {'a clear error' if error_is_right else 'ERROR'}: {lines[-1][:160]}", flush=True)
            return
        rows = sorted(map(json.loads, out.splitlines()), key=repr)
        is_equal = rows == self.expected[query]
        self.wrong += not is_equal
        print(f"{name:28} {'equal' if is_equal else 'DIFFERENT'}: {len(rows)} rows", flush=True)

    def damage(self):
        """A file that is not whole is an error, as `fleet check` says before."""
        copy = self.cluster.directory / "damaged"
        shutil.copytree(self.cluster.work / "parquet", copy)
        part = sorted((copy / "events").rglob("*.parquet"))[0]
        whole = part.read_bytes()
        for name, content in (("cut in half", whole[: len(whole) // 2]), ("without its end", whole[:-8])):
            part.write_bytes(content)
            self.compare(f"totals, a file {name}", "totals", self.cluster.ask("totals", copy), True)


if __name__ == "__main__":
    main()
