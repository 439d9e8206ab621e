"""The exporter that Debian packages and ours read the growing log of a live private Postfix. Each series of theirs
is in ours with the same value, or stands in DIFFERENCES with the reason.

    side_by_side.py WORKDIR
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from common import Running, exporter, fail, free_port, metrics, shown, wait

DIFFERENCES = [
    (r'postfix_up\{path=".*/public/showq"\}', "showq is not asked: the path is that of the spool"),
    (r'postfix_smtp_delivery_delay_seconds_(bucket|sum|count).*stage=""', "the four stages are counted apart"),
    (r"postfix_qmgr_messages_inserted_(receipients|size_bytes)_", "a message counts once, not at each retry"),
    (r"postfix_smtp_deferred_messages_total", "theirs never counts"),
    (r"postfix_cleanup_messages_not_accepted_total", "theirs never counts"),
    (r"postfix_unsupported_log_entries_total", "theirs are lines that it does not count, ours those not understood"),
    (r"postfix_showq_message_age_seconds_(bucket|sum)", "asked at another moment"),
    (r"postfix_smtpd_messages_processed_total|postfix_smtpd_(dis)?connects_total", "ours counts every service, such as submission"),
]

MAIN = """compatibility_level = 3.6
queue_directory = {root}/spool
data_directory = {root}/data
maillog_file = {root}/log/mail.log
maillog_file_prefixes = {root}
myhostname = mx.live.test
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_host_lookup = native
local_transport = error:none here
relayhost = [127.0.0.1]:{sink}
transport_maps = inline:{{ {{ gone.test = smtp:[127.0.0.1]:{closed} }} }}
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ no.test = REJECT }} }}, permit_mynetworks, reject
header_checks = regexp:{root}/etc/headers
minimal_backoff_time = 1s
"""

MASTER = """127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o syslog_name=postfix/submission
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def configure(root, ports):
    for name in ("etc", "spool", "data", "log"):
        (root / name).mkdir()
    shutil.chown(root / "data", "postfix")
    (root / "etc/main.cf").write_text(MAIN.format(root=root, **ports))
    (root / "etc/master.cf").write_text(MASTER.format(**ports))
    (root / "etc/headers").write_text("/^Subject: forbidden/ REJECT\n")


def postfix(root, *words):
    environment = {**os.environ, "MAIL_CONFIG": str(root / "etc")}
    subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def send(port, count, recipient, *more):
    subprocess.run(
        ["smtp-source", "-s", "3", "-m", str(count), "-f", "a@a.test", "-t", recipient, *more, f"127.0.0.1:{port}"],
        check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


def traffic(root, ports):
    """Three rounds, each with a retry of what was deferred before."""
    for turn in range(3):
        send(ports["smtp"], 20, "b@ok.test")
        send(ports["submission"], 5, "b@ok.test")
        send(ports["smtp"], 5, "b@gone.test")
        send(ports["smtp"], 3, "b@no.test")
        send(ports["smtp"], 2, "b@ok.test", "-S", "forbidden")
        time.sleep(2)
        postfix(root, "postqueue", "-f")
        time.sleep(3)


def settled(ports):
    """Both pages, once neither changes any more."""
    clocks = re.compile(r"postfix_scan_|postfix_queue_(oldest|next)|postfix_showq_message_age|go_|process_|promhttp_")

    def both():
        pages = [metrics(ports[name]) for name in ("theirs", "ours")]
        return [{k: v for k, v in page.items() if not clocks.match(k[0])} for page in pages], pages

    before, since = both()[0], time.monotonic()
    while True:
        time.sleep(3)
        now, pages = both()
        if now == before:
            return pages
        if time.monotonic() - since > 240:
            changed = [shown(k) for a, b in zip(before, now) for k in a.keys() | b.keys() if a.get(k) != b.get(k)]
            fail("the numbers do not settle: " + " ".join(changed))
        before = now


def compare(theirs, ours):
    same, excused, wrong = 0, {}, []
    for key, value in sorted(theirs.items()):
        if not key[0].startswith("postfix_"):
            continue
        text = shown(key)
        if ours.get(key) == value:
            same += 1
        elif reason := next((why for pattern, why in DIFFERENCES if re.match(pattern, text)), None):
            excused.setdefault(reason, []).append(text)
        else:
            wrong.append(f"{text} is {value:g} there and {ours.get(key)} here")
    print(f"{same} series of theirs are the same in ours")
    for reason, series in excused.items():
        print(f"{len(series):4} differ: {reason} ({series[0]})")
    if wrong:
        fail("differences without a reason:\n  " + "\n  ".join(wrong))
    # A comparison of nothing would pass as well.
    for series in ('postfix_smtp_status_deferred', 'postfix_qmgr_messages_removed_total', 'postfix_cleanup_messages_processed_total',
                   'postfix_cleanup_messages_rejected_total'):
        if not theirs.get((series, ())):
            fail(f"the traffic made no {series}")


def main():
    root = Path(sys.argv[1]).resolve()
    ports = {name: free_port() for name in ("smtp", "submission", "sink", "closed", "theirs", "ours")}
    configure(root, ports)
    log = root / "log/mail.log"
    postfix(root, "postfix", "-c", str(root / "etc"), "start")
    try:
        wait("the log", log.exists)
        with (
            Running("smtp-sink", "-u", "postfix", f"127.0.0.1:{ports['sink']}", "100"),
            Running("prometheus-postfix-exporter", f"--web.listen-address=127.0.0.1:{ports['theirs']}",
                    f"--postfix.showq_path={root}/spool/public/showq", f"--postfix.logfile_path={log}"),
            exporter(ports["ours"], "--spool", root / "spool", "--log", log, "--from-end", "--scan-interval", "1s"),
        ):
            for name in ("theirs", "ours"):
                wait(name, lambda name=name: metrics(ports[name]))
            wait("our look at the log", lambda: metrics(ports["ours"]).get(("postfix_up", (("path", str(log)),))))
            traffic(root, ports)
            compare(*settled(ports))
    finally:
        postfix(root, "postfix", "-c", str(root / "etc"), "stop")


main()
