"""Strangers choose what stands in labels: domains, replies, logins, names of services. The readers of Prometheus's own
client library read every page, in both formats, and find the same numbers as ours.

    hostile.py WORKDIR [SEED]
"""

import random
import sys
from pathlib import Path

from common import exporter, fail, free_port, page, parse, wait
from prometheus_client import parser as text_format
from prometheus_client.openmetrics import parser as open_metrics

LINES = 30_000
PIECES = [b'"', b"\\", b"\\n", b"{", b"}", b",", b"=", b"# EOF", b" 1", b"\xff", b"\xc3\xa9", b"\xe2\x80\xae", b"\x1b[31m",
          b"\0", b"\x7f", b"\r", b"\t", b"(other)", b"le", b"NaN", b"example.com", b"x" * 300]


def piece(mix):
    return b"".join(mix.choice(PIECES) for _ in range(mix.randrange(1, 6)))


def word(mix):
    return piece(mix).replace(b" ", b"").replace(b"\t", b"")


def line(mix, number):
    head, identity = b"2026-11-22T11:00:00+01:00 mx1 postfix", b"%X" % (0xABCDE00000 + number)
    return head + mix.choice([
        lambda: b"/" + word(mix) + b"/smtp[9]: " + identity + b": to=<a@b>, relay=" + word(mix) + b", delay=1, delays=0/0/1/0, dsn=4.0.0, status=deferred (" + piece(mix) + b")",
        lambda: b"/smtp[9]: " + identity + b": to=<a@" + word(mix) + b">, relay=none, delay=1, delays=0/0/1/0, dsn=5.%d.%d, status=" % (mix.randrange(999), mix.randrange(999)) + mix.choice([b"bounced", word(mix)]) + b" (" + piece(mix) + b")",
        lambda: b"/pipe[9]: " + identity + b": to=<a@b>, relay=" + word(mix) + b", delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (ok)",
        lambda: b"/smtpd[7]: " + identity + b": client=c[192.0.2.1], sasl_method=" + word(mix) + b", sasl_username=" + word(mix),
        lambda: b"/smtpd[7]: NOQUEUE: reject: " + word(mix) + b" from c[192.0.2.1]: %d 5.7.1 " % mix.randrange(400, 600) + piece(mix) + b"; from=<a@b> to=<c@d>",
        lambda: b"/smtpd[7]: lost connection after " + piece(mix) + b" from c[192.0.2.1]",
        lambda: b"/smtp[7]: Trusted TLS connection established to c[192.0.2.1]:25: " + word(mix) + b" with cipher " + word(mix) + b" (1/1 bits)",
        lambda: b"/postscreen[7]: NOQUEUE: reject: CONNECT from [192.0.2.1]:25: " + piece(mix),
        lambda: b"/" + word(mix) + b"[7]: " + piece(mix),
        lambda: piece(mix),
    ])() + b"\n"


def record(kind, data):
    length, prefix = len(data), bytearray(kind)
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes(prefix) + bytes([length]) + data


def queue(mix, spool):
    for name in ("maildrop", "incoming", "active", "hold", "deferred"):
        (spool / name).mkdir(parents=True)
    for number in range(300):
        sizes = b"%15d %15d %15d %15d %15d %15d" % (3, 0, 1, 0, 3, 0)
        parts = [(b"C", sizes), (b"T", b"1700000000 0"), (b"S", b"a@b"), (b"R", b"x@" + piece(mix)), (b"M", b""), (b"N", b"x"), (b"X", b""), (b"E", b"")]
        file = spool / "deferred" / f"0A1B2C{number:04X}"
        file.write_bytes(b"".join(record(*part) for part in parts))
        file.chmod(0o700)


def samples(families):
    """Numbers by name and labels."""
    numbers = {}
    for family in families:
        for sample in family.samples:
            labels = tuple(sorted((k, f"{float(v):g}" if k == "le" else v) for k, v in sample.labels.items()))
            # One of the readers gives every counter the ending of OpenMetrics.
            name = sample.name.replace("_smtp_status_deferred_total", "_smtp_status_deferred")
            if (name, labels) in numbers:
                fail(f"twice: {sample}")
            numbers[name, labels] = sample.value
    return numbers


def unescaped(series):
    clean = lambda text: text.replace('\\"', '"').replace("\\\\", "\\")
    return {(name, tuple(sorted((k, f"{float(v):g}" if k == "le" else clean(v)) for k, v in labels))): value for (name, labels), value in series.items()}


def main():
    root, seed = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 17
    mix, log, spool, port = random.Random(seed), root / 'mail".log', root / "spo\\ol", free_port()
    log.write_bytes(b"".join(line(mix, number) for number in range(LINES)))
    queue(mix, spool)
    clocks = ("process_", "postfix_scan_")
    count = 0
    for compat in ("kumina", "hsn723", "none"):
        with exporter(port, "--log", log, "--spool", spool, "--compat", compat, "--now", "1700086400", "--scan-interval", "600s"):
            read = lambda: parse(page(port))
            lines = lambda: sum(v for (name, _), v in read().items() if name == "postfix_log_lines_total")
            wait("all lines", lambda: lines() == log.read_bytes().count(b"\n"))
            wait("the spool", lambda: any(name == "postfix_queue_messages" for name, _ in read()))
            plain, opened = page(port), page(port, accept="application/openmetrics-text")
            pages = [unescaped(parse(plain)), samples(text_format.text_string_to_metric_families(plain)), samples(open_metrics.text_string_to_metric_families(opened))]
            pages = [{key: value for key, value in one.items() if not key[0].startswith(clocks)} for one in pages]
            for other in pages[1:]:
                if other != pages[0]:
                    fail(f"other numbers: {[key for key in other.keys() | pages[0].keys() if other.get(key) != pages[0].get(key)][:5]}")
            count += len(pages[0])
    print(f"{count} series of hostile labels are read alike in both formats")


main()
