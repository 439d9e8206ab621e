"""The pages for browser.py, and the numbers that must stand in them: those of --json."""

import json
import subprocess

# The tables of a page by caption: for each row the text of its cells. Several tables of one caption are joined, as
# the hosts of a page stand side by side.
TABLES = """(() => {
  const tables = {};
  const value = (cell) => {
    const marked = cell.querySelector("data, time");
    return marked ? marked.value || marked.dateTime : cell.textContent.trim();
  };
  for (const table of document.querySelectorAll("table")) {
    const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map(value));
    (tables[table.caption.textContent] ||= []).push(...rows);
  }
  return tables;
})()"""

FATES = ("delivered_after_deferral", "still_deferred", "expired", "late_bounce")
PARTS = ("total", "before", "queue", "connect", "transmit")
SAMPLE = "examples/sample/mail.log.zst"
HOSTILE = '<script>window.pwned=1</script><img src=x onerror=pwned=1>"\'><svg onload=pwned=1>'


def pages(triage, out, work):
    """Writes pages; yields each with the objects that it is made from."""
    summary = triage.parent / "summary"

    def run(program, arguments):
        output = subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return [json.loads(line) for line in output.stdout.splitlines()]

    def page(name, *arguments, program=triage):
        path = out / f"{name}.html"
        return path, run(program, [*arguments, "--json", "--html", path])

    hostile(work / "hostile.log")
    log = ("--log", work / "hostile.log", "--now", "1800003600")
    yield page("triage")
    yield page("hostile", *log)
    states = [work / "mx1.state", work / "mx2.state"]
    subprocess.run([triage, "--save", states[0], "--json"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run([triage, *log, "--save", states[1]], check=True, stdout=subprocess.DEVNULL)
    yield page("hosts", "--merge", *states)
    yield page("summary", "--year", "2027", SAMPLE, program=summary)
    yield page("summary-hostile", work / "hostile.log", program=summary)


def hostile(path):
    """A log of which every part that strangers choose would like to be more than text."""
    quoted = HOSTILE.replace(" ", "\\ ")
    lines = []
    for n in range(120):
        head = f"2027-01-15T08:{n // 2:02}:{n % 2 * 30:02}+00:00 mx{HOSTILE.replace(' ', '/')} postfix/"
        id = f"{0xABC0000000 + n:X}"
        lines += [
            f"{head}smtpd[9]: {id}: client=x{quoted}[192.0.2.7], sasl_method=PLAIN, sasl_username={HOSTILE}",
            f"{head}cleanup[9]: {id}: message-id=<{HOSTILE}>",
            f"{head}qmgr[9]: {id}: from=<{HOSTILE}@evil.example>, size=9, nrcpt=1 (queue active)",
            f"{head}smtp[9]: {id}: to=<a@{quoted}.example>, relay=none, delay=30, delays=1/2/20/7, dsn=4.4.1, "
            f"status=deferred (host mx.example[192.0.2.1] said: 451 4.7.1 {HOSTILE} (in reply to RCPT TO command))",
            f"{head}smtpd[9]: NOQUEUE: reject: RCPT from {HOSTILE.replace(' ', '/')}[192.0.2.9]: 554 5.7.1 <{HOSTILE}>: "
            f"Helo command rejected: {HOSTILE}; from=<{HOSTILE}> to=<{HOSTILE}> proto=ESMTP helo=<{HOSTILE}>",
            f"{head}smtpd[9]: warning: {HOSTILE} does not resolve",
        ]
    path.write_text("\n".join(lines) + "\n")


def of_summary(report):
    """As expected, of summary."""
    for unit, slots in (("day", "days"), ("hour", "hours")):
        for caption, members in (
                ("Messages received, and commands rejected", ("received", "rejects")),
                ("Attempts to deliver", ("delivered", "deferrals", "bounced"))):
            yield f"{caption}, by {unit}", [[row[what] for what in members] for row in report[slots]]
    for caption, rows in (("Senders", "senders"), ("Domains of recipients", "domains"), ("Recipients", "recipients")):
        yield caption, [[row["messages"], row["bytes"]] for row in report[rows]]
    for caption, rows in (
            ("Why mail was deferred", "deferrals"),
            ("Rejected by program, stage, class, client and text", "rejects"),
            ("Warnings and errors by program, severity and text", "warnings")):
        yield caption, [[row["count"]] for row in report[rows]]


def expected(report):
    """The rows that a table has, by its caption, as far as the object has its numbers."""
    if "totals" in report:
        yield from of_summary(report)
        return
    fates = report["fates"]
    if report["queues"]:
        yield "Messages and recipients by queue", [
            [report["queues"][name][member] for member in ("messages", "recipients")]
            for name in ("maildrop", "incoming", "active", "deferred", "hold")] + [[report["corrupt"]]] * (report["corrupt"] > 0)
        yield "Waiting recipients by domain and age, in minutes", [
            [row["total"], *row["buckets"]] for row in report["domains"]]
        yield "The last answers that deferred recipients got", [[row["count"]] for row in report["reasons"]]
        yield "Files that gave no message", [[files] for files in report["skipped"].values()]
    if report["log"] is None:
        return
    yield "Recipients that were deferred at least once", [[n] for n in fates.values()]
    if sum(fates.values()):
        yield "Fates by the time of the first deferral", [
            [row[fate] for fate in (*FATES, "other")] for row in report["fates_over_time"]]
        by_class = [[row.get(fate, 0) for fate in FATES] for row in report["fates_by_class"].values()]
        yield "Fates by the class of the last failure", sorted(by_class)
        yield "How long recipients were held, from the first deferral to the end, in minutes", [
            [row["total"], *row["buckets"]] for row in report["holds"]]
    yield "Attempts by domain, and the seconds they took", [
        [row[what] for what in ("sent", "deferred", "bounced")]
        + [row["delays"][part][q] for part in PARTS if part in row["delays"] for q in ("p50", "p95", "p99")]
        for row in report["flows"]]
    yield "Attempts over time", [
        [row[what] for what in ("arrived", "taken", "sent", "deferred", "bounced", "expired", "removed", "held", "rejected")]
        for row in report["timeline"]]
    yield "Refused by stage, class and client", [[row["count"]] for row in report["rejects"]]
    for what in ("stage", "class", "client"):
        caption = {"stage": "stage of the session", "class": "class of the reason", "client": "client"}[what]
        yield f"Refused by {caption}", [[n] for n in sorted(report["rejects_by"][what].values(), reverse=True)]
    for kind, caption, columns in (
            ("user", "Logins, by what they sent", ("messages", "recipients", "clients", "sent", "deferred", "bounced")),
            ("sender", "Envelope senders, by what they sent", ("messages", "recipients", "sent", "deferred", "bounced"))):
        yield caption, [[row[what] for what in columns] for row in report["senders"] if row["kind"] == kind]
    yield "Warnings and errors in the log, by kind", [[row["count"]] for row in report["warnings"]]
    yield "Lines of the log", [[report["log"][what]] for what in ("lines", "malformed", "unrecognized")]


def numbers(cells):
    """The cells that are numbers alone."""
    found = []
    for cell in cells:
        try:
            found.append(float(cell))
        except ValueError:
            pass
    return found


def differences(tables, reports):
    """Where the numbers of a page are not those of its objects, compared without regard to order."""
    complaints = []
    wanted = {}
    for report in reports:
        for caption, rows in expected(report):
            wanted.setdefault(caption, []).extend(rows)
    for caption, rows in wanted.items():
        seen = [numbers(row[1:]) for row in tables.get(caption, [])]
        left = [[float(number) for number in row if number is not None] for row in rows]
        if rows and not seen:
            complaints.append(f"no table {caption!r}")
        for row in seen:
            match = next((each for each in left if row[:len(each)] == each), None)
            if match is None:
                complaints.append(f"{caption}: {row} is not in the object")
            else:
                left.remove(match)
        # Rows are left out of long tables only.
        if left and len(seen) < 10:
            complaints.append(f"{caption}: {left[:3]} of the object is not on the page")
    if not wanted:
        complaints.append("nothing was compared")
    return complaints
