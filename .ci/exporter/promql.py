"""The few forms of queries that metrics.md, the dashboard and the alert rules use, worked out from two pages of the
exporter: what the numbers are now, and how much they rose since the first scrape.

Prometheus extrapolates a rise to the ends of its range, by as much as the scrapes leave open. Here nothing is, unless
the caller says by what factor each series may be stretched.
"""

import math
import re

UNITS = {"s": 1, "m": 60, "h": 3600}
SELECTOR = re.compile(r"(\w+)(?:\{(.*)\})?(?:\[(\d+)([smh])\])?$", re.S)
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
CALL = re.compile(r"(sum|max|min|topk|rate|increase|histogram_quantile|time)\s*(?:by \(([^)]*)\))?\s*\((.*)\)$", re.S)
COMPARE = {">": lambda a, b: a > b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b, "==": lambda a, b: a == b}


def plain(labels):
    """Labels as Prometheus has them: an empty one is as good as none, and edges are numbers."""
    return frozenset((k, f"{float(v):g}" if k == "le" else v) for k, v in labels if v)


def parts(text, separators):
    """The text before, at and after the last separator that stands in no bracket or quote."""
    depth, quoted, found = 0, False, None
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "({[") - (char in ")}]")
            word = next((word for word in separators if text.startswith(word, at)), None)
            if depth == 0 and word:
                found = text[:at], word, text[at + len(word):]
    return found


class Pages:
    """`now` and `first` are pages as `common.parse` reads them; `clock` is when the query is asked; `stretch` are factors
    by name and labels."""

    def __init__(self, now, first, own, clock, stretch=None):
        self.now, self.first, self.own, self.clock, self.stretch = now, first, own, clock, stretch or {}

    def value(self, query):
        """A number, or numbers by labels."""
        query = query.split("#")[0].strip() if "\n" not in query else re.sub(r"#[^\n]*", "", query).strip()
        if re.fullmatch(r"[0-9.]+", query):
            return float(query)
        for separators in ((" and ",), (" > ", " < ", " >= ", " == "), (" + ", " - "), (" * ", " / ")):
            if found := parts(re.sub(r"\s+", " ", query), separators):
                left, operator, right = found
                return self.operate(self.value(left), operator.strip(), self.value(right))
        if call := CALL.match(query):
            name, by, rest = call.groups()
            return self.call(name, by.split(", ") if by else [], rest)
        return self.select(query, self.now)

    def operate(self, left, operator, right):
        if operator == "and":
            return {labels: value for labels, value in left.items() if labels in right}
        if not isinstance(left, dict) and isinstance(right, dict):
            return {labels: self.operate(left, operator, value) for labels, value in right.items()}
        if isinstance(left, dict):
            of = (lambda labels: right.get(labels)) if isinstance(right, dict) else (lambda labels: right)
            if operator in COMPARE:
                return {k: v for k, v in left.items() if of(k) is not None and COMPARE[operator](v, of(k))}
            return {k: self.operate(v, operator, of(k)) for k, v in left.items() if of(k) is not None}
        if operator == "/":
            return left / right if right else math.nan
        return {"+": left + right, "-": left - right, "*": left * right}[operator]

    def call(self, name, by, rest):
        if name == "time":
            return self.clock
        if name in ("rate", "increase"):
            selector, number, unit = re.match(r"(.*)\[(\d+)([smh])\]$", rest.strip(), re.S).groups()
            before, seconds = self.select(selector, self.first), int(number) * UNITS[unit]
            name_of, now = SELECTOR.match(selector.strip())[1], self.select(selector, self.now)
            rises = {k: (v - before[k]) * self.stretch.get((name_of, k), 1) for k, v in now.items() if k in before}
            return {k: v / seconds if name == "rate" else v for k, v in rises.items()}
        if name in ("topk", "histogram_quantile"):
            number, rest = rest.split(",", 1)
            values = self.value(rest)
            return top(values, int(number)) if name == "topk" else quantiles(values, float(number))
        groups = {}
        for labels, value in self.value(rest).items():
            groups.setdefault(frozenset((k, v) for k, v in labels if k in by), []).append(value)
        return {labels: {"sum": sum, "max": max, "min": min}[name](values) for labels, values in groups.items()}

    def select(self, selector, page):
        name, matchers, *_ = SELECTOR.match(selector.strip()).groups()
        found = {}
        for (sample, labels), value in page.items():
            labels = plain([*labels, *self.own.items()])
            known = dict(labels)
            if sample == name and all(matches(known, *one) for one in MATCHER.findall(matchers or "")):
                found[labels] = value
        return found


def matches(labels, name, operator, value):
    there, value = labels.get(name, ""), value.replace("\\\\", "\\")
    is_so = re.fullmatch(value, there) is not None if "~" in operator else there == value
    return is_so != operator.startswith("!")


def top(values, number):
    return dict(sorted(values.items(), key=lambda item: -item[1])[:number])


def quantiles(values, share):
    """As Prometheus: linear within the class, the lowest of which begins at 0."""
    histograms = {}
    for labels, count in values.items():
        edge = float(dict(labels)["le"])
        histograms.setdefault(frozenset((k, v) for k, v in labels if k != "le"), []).append((edge, count))
    return {labels: quantile(sorted(buckets), share) for labels, buckets in histograms.items()}


def quantile(buckets, share):
    rank, low, below = share * buckets[-1][1], 0.0, 0.0
    if not buckets[-1][1]:
        return math.nan
    for edge, count in buckets:
        if count >= rank and math.isinf(edge):
            return low
        if count >= rank:
            return low + (edge - low) * (rank - below) / (count - below)
        low, below = edge, count
    return math.nan
