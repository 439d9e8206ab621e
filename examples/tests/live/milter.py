"""A mail filter (milter) that edits messages as their X-Edit header says, and a client that sends such messages.

    milter.py serve PORT
    milter.py send PORT EDIT[,EDIT...]
"""
import smtplib
import socketserver
import struct
import sys

ADD_RCPT, DELETE_RCPT, ADD_HEADER, INSERT_HEADER, CHANGE_HEADER, BODY, SENDER = b"+", b"-", b"h", b"i", b"m", b"b", b"e"


def words(*texts):
    return b"".join(text.encode() + b"\0" for text in texts)


def body(lines):
    return (BODY, b"".join(b"line %d of the new body\r\n" % n for n in range(lines)))


EDITS = {
    "none": [],
    "add-recipient": [(ADD_RCPT, words("<added@r.test>"))],
    "add-recipients": [(ADD_RCPT, words("<added%d@r.test>" % n)) for n in range(30)],
    "delete-recipient": [(DELETE_RCPT, words("<bob@r.test>"))],
    "swap-recipient": [(DELETE_RCPT, words("<bob@r.test>")), (ADD_RCPT, words("<bob@r.test>"))],
    "sender": [(SENDER, words("<new@s.test>"))],
    "sender-long": [(SENDER, words("<%s@s.test>" % ("n" * 60)))],
    "sender-twice": [(SENDER, words("<one@s.test>")), (SENDER, words("<a-much-longer-two@s.test>"))],
    "add-header": [(ADD_HEADER, words("X-Added", "at the end"))],
    "add-headers": [(ADD_HEADER, words("X-Added", "%d" % n)) for n in range(5)],
    "insert-header": [(INSERT_HEADER, struct.pack(">I", 1) + words("X-Inserted", "second"))],
    "change-header": [(CHANGE_HEADER, struct.pack(">I", 1) + words("Subject", "changed to something longer than it was"))],
    "change-short": [(CHANGE_HEADER, struct.pack(">I", 1) + words("X-A", "b"))],
    "delete-header": [(CHANGE_HEADER, struct.pack(">I", 1) + words("Subject", ""))],
    "fold-header": [(ADD_HEADER, words("X-Folded", "one\n\ttwo\n three"))],
    "body-short": [body(1)],
    "body-long": [body(400)],
    "body-huge": [body(2500) for _ in range(4)],
}


class Session(socketserver.StreamRequestHandler):
    def reply(self, command, data=b""):
        self.wfile.write(struct.pack(">I", len(data) + 1) + command + data)

    def handle(self):
        edits = []
        while length := self.rfile.read(4):
            packet = self.rfile.read(struct.unpack(">I", length)[0])
            command, data = packet[:1], packet[1:]
            if command == b"O":
                self.reply(b"O", struct.pack(">III", 6, 0xFF, 0))
            elif command == b"L":
                name, value = data.split(b"\0")[:2]
                if name.lower() == b"x-edit":
                    edits = value.decode().strip().split(",")
                self.reply(b"c")
            elif command == b"E":
                for edit in edits:
                    for change, argument in EDITS[edit]:
                        self.reply(change, argument)
                edits = []
                self.reply(b"c")
            elif command == b"Q":
                return
            elif command not in (b"D", b"A"):
                self.reply(b"c")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def send(port, edits):
    text = "Subject: plain\r\nX-A: a\r\nX-Edit: %s\r\nX-Long: %s\r\n\r\nhello\r\n.dot\r\n" % (edits, "word " * 900)
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.sendmail("alice@s.test", ["bob@r.test", "carol@r.test"], text + "a line of the old body\r\n" * 40)


if sys.argv[1] == "serve":
    with Server(("127.0.0.1", int(sys.argv[2])), Session) as server:
        server.serve_forever()
else:
    send(int(sys.argv[2]), sys.argv[3])
