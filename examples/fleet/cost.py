#!/usr/bin/env python3
"""One executor of `fleet-engine` against two: the time of an answer and the processor time of the executors, as ratios.

    cost.py WORK [--engine FILE] [--rounds 7] [QUERY...]       WORK is that of equal.py

Rounds alternate between the two, and medians are compared, since other work on the machine disturbs all of them.
"""

import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

import engines


class Cluster:
    """A scheduler at a port, and executors above it."""

    def __init__(self, engine, port, executors, directory):
        self.engine, self.port, self.processes = engine, port, []
        self.log = (directory / f"{port}.log").open("wb")
        self.start(port, "scheduler", port)
        for number in range(executors):
            own = port + 10 * (number + 1)
            self.start(own, "executor", own, port)

    def start(self, port, *arguments):
        process = subprocess.Popen([self.engine, *map(str, arguments)], stdout=self.log, stderr=self.log)
        self.processes.append(process)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"nothing listens at port {port}: {self.log.name}")

    def processor(self):
        """Seconds of processor time that the executors have used."""
        ticks = 0
        for process in self.processes[1:]:
            fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def ask(self, tables, query):
        """Seconds until the answer, and of the executors' processor time."""
        before, start = self.processor(), time.monotonic()
        command = [self.engine, "query", str(self.port), tables, engines.SQL / "mail.sql", engines.SQL / f"{query}.sql"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - start, self.processor() - before

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--engine", type=pathlib.Path, default=pathlib.Path(__file__).parent / "target/debug/fleet-engine")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("queries", nargs="*")
    args = parser.parse_args()
    clusters = []
    with tempfile.TemporaryDirectory() as directory:
        os.environ["TMPDIR"] = directory
        try:
            for port, executors in ((50450, 1), (50550, 2)):
                clusters.append(Cluster(args.engine.absolute(), port, executors, pathlib.Path(directory)))
            for query in args.queries or ("flows", "totals", "delays"):
                compare(query, clusters, args)
        finally:
            for cluster in clusters:
                cluster.stop()


def compare(query, clusters, args):
    rounds = [[cluster.ask(args.work / "parquet", query) for cluster in clusters] for _ in range(args.rounds + 1)][1:]
    one, two = ([statistics.median(values) for values in zip(*times)] for times in zip(*rounds))
    print(
        f"{query}: one executor {one[0]:.2f} s, two {two[0]:.2f} s, ratio {two[0] / one[0]:.2f};"
        f" processor time {one[1]:.2f} s and {two[1]:.2f} s, ratio {two[1] / one[1]:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
