#!/usr/bin/env python3
"""Opens the pages that the programs write in a real browser, and looks for what must not be there.

    browser.py TRIAGE AXE OUT

TRIAGE is the program, with summary beside it, AXE the file axe.min.js, OUT a directory for pages and screenshots. Chromium is driven through
a pipe by its DevTools protocol. Each page is opened in light and dark at two widths, and once with scripts off. Not one
console message, request, breach of the page's policy, violation of accessibility rules or horizontal scroll bar
is let through; hostile text must run nothing; and the tables must have the numbers of --json.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import browser_numbers

WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")


class Browser:
    """Chromium without a window, and its DevTools protocol."""

    def __init__(self, profile):
        to_browser, ours = os.pipe()
        theirs, from_browser = os.pipe()

        def wire():
            # The protocol is read from descriptor 3 and written to 4. Both ends are moved out of the way first.
            os.dup2(to_browser, 98)
            os.dup2(from_browser, 99)
            os.dup2(98, 3)
            os.dup2(99, 4)

        flags = ["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 "--disable-dev-shm-usage", f"--user-data-dir={profile}"]
        if os.getuid() == 0:
            flags.append("--no-sandbox")
        self.log = open(os.path.join(profile, "stderr"), "wb")
        self.process = subprocess.Popen(["chromium", *flags, "about:blank"], close_fds=False, preexec_fn=wire,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        os.close(to_browser)
        os.close(from_browser)
        self.write = os.fdopen(ours, "wb", buffering=0)
        self.read = os.fdopen(theirs, "rb")
        self.rest = b""
        self.number = 0
        self.events = []

    def message(self):
        while b"\0" not in self.rest:
            more = self.read.read1(1 << 16)
            if not more:
                sys.exit("chromium ended early")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **params):
        self.number += 1
        call = {"id": self.number, "method": method, "params": params}
        if session:
            call["sessionId"] = session
        self.write.write(json.dumps(call).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        for event in self.events:
            if event.get("method") == method:
                return
        while True:
            message = self.message()
            self.events.append(message)
            if message.get("method") == method:
                return

    def close(self):
        try:
            self.call("Browser.close")
        finally:
            self.process.wait(60)


class Tab:
    """One page, with all that it did since it was opened."""

    def __init__(self, browser, width, scheme, scripts=True):
        self.browser = browser
        browser.events.clear()
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        if not scripts:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.events.clear()

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def open(self, path):
        self.url = path.absolute().as_uri()
        self.call("Page.navigate", url=self.url)
        self.browser.wait("Page.loadEventFired")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def misdeeds(self):
        """What the page did that it must not do."""
        self.call("Runtime.evaluate", expression="0")
        found = []
        for event in self.browser.events:
            method, params = event.get("method"), event.get("params", {})
            if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded",
                          "Page.javascriptDialogOpening"):
                found.append(f"{method}: {json.dumps(params)[:300]}")
            elif method == "Audits.issueAdded":
                found.append(f"issue: {params['issue']['code']} {json.dumps(params['issue']['details'])[:300]}")
            elif method == "Network.requestWillBeSent" and params["request"]["url"] != self.url:
                found.append(f"request: {params['request']['url'][:200]}")
        return found

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)


HARMLESS = """(() => {
  const found = [];
  if (window.pwned) found.push("hostile text ran");
  for (const each of document.querySelectorAll("*")) {
    for (const { name } of each.attributes) if (name === "style" || name.startsWith("on")) found.push(`${each.tagName} has ${name}`);
  }
  const allowed = { script: 1, style: 1, img: 0, iframe: 0, object: 0, embed: 0, link: 0, base: 0, form: 0, video: 0, foreignObject: 0, use: 0, h1: 1 };
  for (const [name, most] of Object.entries(allowed)) {
    const count = document.querySelectorAll(name).length;
    if (count > most || (most === 1 && count !== 1)) found.push(`${count} elements ${name}`);
  }
  for (const each of document.querySelectorAll("main > section *:not(.scroll *, svg *)")) {
    const inside = each.closest("section").getBoundingClientRect();
    if (each.getBoundingClientRect().right > inside.right) found.push(`out of its section: ${each.outerHTML.slice(0, 200)}`);
  }
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll("main *")].find((each) => !each.closest(".scroll, svg")
      && each.getBoundingClientRect().right > root.clientWidth + 1);
    found.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}: ${wide && wide.outerHTML.slice(0, 200)}`);
  }
  return found;
})()"""

AXE = """axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations.map((each) =>
  `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + " " + node.failureSummary).join(" | ")}`))"""


def check(browser, path, out, axe, objects):
    """All complaints about one page."""
    complaints = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            tab = Tab(browser, width, scheme)
            tab.open(path)
            found = tab.evaluate(HARMLESS)
            tab.screenshot(out / f"{path.stem}-{width}-{scheme}.png")
            # Extras work: each button once.
            tab.evaluate("document.querySelectorAll('summary').forEach((each) => each.click())")
            tab.evaluate("document.querySelectorAll('main button').forEach((each) => each.click())")
            found += tab.misdeeds()
            tab.evaluate(axe)
            found += [f"axe: {each}" for each in tab.evaluate(AXE)]
            if (width, scheme) == (1280, "light"):
                found += browser_numbers.differences(tab.evaluate(browser_numbers.TABLES), objects)
            complaints += [f"{path.name} at {width} in {scheme}: {each}" for each in found]
            tab.close()
    tab = Tab(browser, 1280, "light", scripts=False)
    tab.open(path)
    (out / f"{path.stem}.pdf").write_bytes(base64.b64decode(tab.call("Page.printToPDF")["data"]))
    tab.screenshot(out / f"{path.stem}-no-script.png")
    complaints += [f"{path.name} without scripts: {each}" for each in tab.misdeeds()]
    tab.close()
    return complaints


def main():
    triage, axe, out = sys.argv[1], pathlib.Path(sys.argv[2]).read_text(), pathlib.Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    complaints = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        browser = Browser(work)
        for path, objects in browser_numbers.pages(pathlib.Path(triage), out, pathlib.Path(work)):
            complaints += check(browser, path, out, axe, objects)
            print(f"{path.name}: {path.stat().st_size} bytes, looked at")
        browser.close()
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)


main()
