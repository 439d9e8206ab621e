"""Reads a log with grok patterns: grok.py count|json|fail FILE"""
import sys, json, collections
from pygrok import Grok
P = {
 "QID": r"(?:[0-9A-F]{6,}|[0-9A-Za-z]{12,}|NOQUEUE)",
 "CLIENT": r"%{DATA:postfix_client_hostname}\[%{DATA:postfix_client_ip}\](?::%{INT:postfix_client_port})?",
 "RELAY": r"(?:none|local|virtual|%{DATA:postfix_relay_hostname}\[%{DATA:postfix_relay_ip}\](?::%{INT:postfix_relay_port})?)",
 "DELAYS": r"%{NUMBER:postfix_delay_before_qmgr}/%{NUMBER:postfix_delay_in_qmgr}/%{NUMBER:postfix_delay_conn_setup}/%{NUMBER:postfix_delay_transmission}",
}
PREFIX = r"^%{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:host} postfix(?:/%{WORD})?/%{WORD:program}\[%{INT:pid}\]: "
L = {
 "connect": r"(?:connect|disconnect) from %{CLIENT}",
 "client": r"%{QID:postfix_queueid}: client=%{CLIENT}(?:, sasl_method=%{DATA:sasl_method}, sasl_username=%{GREEDYDATA:sasl_username})?$",
 "active": r"%{QID:postfix_queueid}: from=<%{DATA:postfix_from}>, size=%{INT:postfix_size}, nrcpt=%{INT:postfix_nrcpt} \(queue active\)",
 "delivery": r"%{QID:postfix_queueid}: to=<%{DATA:postfix_to}>, (?:orig_to=<%{DATA:postfix_orig_to}>, )?relay=%{RELAY}, (?:conn_use=%{INT:conn_use}, )?delay=%{NUMBER:postfix_delay}, delays=%{DELAYS}, dsn=%{DATA:postfix_dsn}, status=%{WORD:postfix_status} \(%{GREEDYDATA:postfix_smtp_response}\)",
 "message_id": r"%{QID:postfix_queueid}: message-id=<?%{DATA:postfix_message_id}>?$",
 "removed": r"%{QID:postfix_queueid}: removed",
 "expired": r"%{QID:postfix_queueid}: from=<%{DATA:postfix_from}>, status=expired, returned to sender",
 "pickup": r"%{QID:postfix_queueid}: uid=%{INT:postfix_uid} from=<%{DATA:postfix_from}>",
 "notification": r"%{QID:postfix_queueid}: sender (?:non-delivery|delivery status|delay) notification: %{QID:child}",
 "reject": r"%{QID:postfix_queueid}: (?P<postfix_action>reject|milter-reject|hold|discard|reject_warning): %{WORD:postfix_smtp_stage} from %{CLIENT}: %{GREEDYDATA:postfix_status_text}",
 "lost": r"(?:lost connection|timeout) after %{WORD:postfix_smtp_stage}(?: \(%{INT} bytes\))? from %{CLIENT}",
 "connect_to": r"connect to %{DATA:postfix_relay_hostname}\[%{DATA:postfix_relay_ip}\]:%{INT:postfix_relay_port}: %{GREEDYDATA:text}",
 "warning": r"(?:warning|error|fatal|panic): %{GREEDYDATA:text}",
}
groks = [(n, Grok(PREFIX + p, custom_patterns=P)) for n, p in L.items()]
mode, path = sys.argv[1:]
n = collections.Counter(); status = collections.Counter()
for raw in open(path, "rb"):
    line = raw.decode("utf-8", "replace").rstrip("\n")
    for name, g in groks:
        m = g.match(line)
        if m is not None:
            n[name] += 1
            if name == "delivery": status[m["postfix_status"]] += 1
            if mode == "json": m["event"] = name; print(json.dumps(m))
            break
    else:
        n["_grokparsefailure"] += 1
        if mode == "fail": print(line)
print(dict(n), dict(status), file=sys.stderr)
