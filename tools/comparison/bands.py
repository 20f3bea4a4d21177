"""How printed outputs are compared: words must be equal, and a number must lie in its band.

A band is the range of a number over several roundings of the same run,
widened by one rule (`widen`). `make spread` measures it; it stands in the cell's metadata:

    "bands": {"stdout": {"3": [0.15, 0.2]}}

says that the fourth number that the cell printed may lie between 0.15 and
0.2. A number without a band is compared strictly: an integer must be equal, a decimal may differ by
one unit of its last printed digit. Listings of code are compared letter by letter.
"""

import math
import re
from collections import namedtuple

Text = namedtuple("Text", "key text exact")  # one text of an output; exact: letter by letter
Number = namedtuple("Number", "text value unit whole line")  # unit: of the last printed digit
# Dates and digits with a leading zero are words. A sign counts only where nothing stands before it.
TOKEN = re.compile(
    r"(?P<word>\b\d{4}-\d\d-\d\d\b|(?<![\w.,])0\d+(?![\w.]))"
    r"|(?P<number>(?<![\w.])(?:(?<![\w.)\]])[-+\u2212])?"
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?(?!\w))"
)
RULES = re.compile(r"[-=\u2500]{2,}")  # a line under a table's head is as long as its numbers
MARK = "\x00"


def texts(outputs):
    """The texts of a cell's outputs that are compared, pictures apart, as [Text].

    Streams of one name are one text, as in nbval.
    """
    found, streams = [], {}
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + joined(output["text"])
            continue
        data = output.get("data", {})
        listing = joined(data.get("text/markdown", "")).lstrip().startswith("```")
        for key, value in data.items():
            if key.startswith("text/") or key == "image/svg+xml":
                found.append(Text(key, joined(value), listing))
        if output["output_type"] == "error":
            found.append(Text("error", f"{output['ename']}: {output['evalue']}", True))
    return [Text(name, text, False) for name, text in streams.items()] + found


def joined(text):
    return text if isinstance(text, str) else "".join(text)


def numbers(text):
    """Every number of a text, in order, as [Number]."""
    return [
        as_number(match["number"], text.count("\n", 0, match.start()) + 1)
        for match in TOKEN.finditer(text)
        if match["number"]
    ]


def as_number(shown, line=1):
    """Read a printed number: '63,082,496', '-0.50', '3e-11'."""
    plain = shown.replace(",", "").replace("\u2212", "-")
    mantissa, _, exponent = plain.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    whole = not digits and not exponent  # a point at the end may be the sentence's
    return Number(shown, float(plain), 10.0 ** (int(exponent or 0) - digits), whole, line)


def words(text):
    """The text without its numbers and without what depends on their width."""
    bare = TOKEN.sub(lambda match: match["word"] or MARK, text)
    lines = (" ".join(RULES.sub("---", line).split()) for line in bare.strip().splitlines())
    # Brackets and commas hug numbers of any width: "[ 0.5" and "[-0.5" are one layout.
    return [re.sub(r"([\[(]) ", r"\1", line) for line in lines]


def compare(stored, fresh, bands=None):
    """Hold the texts of a run against the stored ones; return the problems, in words; [] is equal.

    Arguments: stored, fresh: [Text]. bands: a cell's `bands`, or None for a strict comparison.
    """
    problems, position = [], {}
    for key in sorted({text.key for text in [*stored, *fresh]}):
        old, new = ([text for text in side if text.key == key] for side in (stored, fresh))
        if len(old) != len(new):
            problems.append(f"{key}: {len(old)} outputs are stored, the run gave {len(new)}")
            continue
        for a, b in zip(old, new, strict=True):
            start = position.get(key, 0)
            problems += compare_text(a, b, (bands or {}).get(key, {}), start)
            position[key] = start + len(numbers(a.text))
    return problems


def compare_text(stored, fresh, bands, start=0):
    """Problems of one text. bands: {number: [low, high]} of its kind;
    its numbers count from `start`."""
    if stored.exact or fresh.exact:
        return [] if stored.text == fresh.text else [first_difference(stored, fresh)]
    if words(stored.text) != words(fresh.text):
        return [first_difference(stored, fresh)]
    problems = []
    pairs = zip(numbers(stored.text), numbers(fresh.text), strict=True)
    for k, (old, new) in enumerate(pairs, start):
        band = bands.get(str(k))
        if not fits(old, new, band):
            allowed = (
                f"its band is {band[0]:g} to {band[1]:g}"
                if band
                else "it has no band, so it is strict"
            )
            line = fresh.text.splitlines()[new.line - 1].strip()
            problems.append(
                f"{stored.key}, line {new.line}: {new.text} instead of {old.text}; {allowed}: "
                f"{line!r}"
            )
    return problems


def fits(old, new, band=None):
    """True if a fresh number agrees with the stored one: in its band,
    or to one unit of its last digit."""
    if band and band[0] <= new.value <= band[1]:
        return True
    if old.whole and new.whole:
        return old.value == new.value
    return abs(old.value - new.value) <= max(old.unit, new.unit) * (1 + 1e-9)


def first_difference(stored, fresh):
    """Name the first line in which two texts differ in more than their numbers."""
    same = (lambda line: [line]) if stored.exact else words
    old, new = (side.text.strip("\n").splitlines() for side in (stored, fresh))
    for k, (a, b) in enumerate(zip(old, new, strict=False), start=1):
        if same(a) != same(b):
            return f"{stored.key}, line {k}: {b!r} instead of {a!r}"
    if len(old) > len(new):
        return f"{stored.key}: the line {old[len(new)]!r} is missing"
    if len(new) > len(old):
        return f"{stored.key}: the line {new[len(old)]!r} was not there"
    return f"{stored.key}: the texts differ in their layout"


def broken(bands):
    """Say what is wrong with a cell's `bands`, or return None."""
    if bands is None:
        return None
    if not isinstance(bands, dict):
        return f"expected a dict, got {type(bands).__name__}"
    for key, entries in bands.items():
        if not isinstance(entries, dict):
            return f"{key}: expected a dict, got {type(entries).__name__}"
        for k, band in entries.items():
            pair = isinstance(band, list) and len(band) == 2
            if not (pair and str(k).isdigit() and all(type(end) in (int, float) for end in band)):
                return f"{key}, number {k}: expected [low, high], got {band!r}"
            if not band[0] <= band[1]:
                return f"{key}, number {k}: low is above high: {band!r}"
    return None


def widen(low, high, unit, in_ratio=False):
    """The band of a number that was seen between `low` and `high`: the one rule.

    As wide again on either side, and at least one unit of the last printed digit;
    a number in scientific notation (`in_ratio`) as wide again in ratio too. What was never negative
    does not become so.
    """
    if high < 0:
        return [-end for end in reversed(widen(-high, -low, unit, in_ratio))]
    span = max(high - low, unit)
    ends = [low - span, high + span]
    if low > 0 and in_ratio:
        ends = [min(ends[0], low * low / high), max(ends[1], high * high / low)]
    if low >= 0:
        ends[0] = max(ends[0], 0.0)
    return [tidy(end, unit) for end in ends]


def measured(seen, stored):
    """The bands of a cell. seen: {key: {number: values}}, of those that moved. stored: its
    outputs' [Text], for the digits."""
    found = {}
    for key, entries in seen.items():
        shown = [number for text in stored if text.key == key for number in numbers(text.text)]
        ranges = {
            int(k): (min(values), max(values))
            for k, values in entries.items()
            if int(k) < len(shown)
        }
        found[key] = {
            str(k): widen(*ends, shown[k].unit, "e" in shown[k].text.lower())
            for k, ends in ranges.items()
        }
        found[key] |= {
            str(k): around(shown[k], span) for k, span in by_neighbours(shown, ranges).items()
        }
    return found


def by_neighbours(shown, ranges):
    """How far a number may lie that stood still while its neighbours moved: {number: span}.

    In a table of trained models each number is as uncertain as those beside it, even if a few
    roundings happened to leave it where it was (the worst of five starts, say). Neighbours stand in
    the same line, or at the same place of a line with as many numbers, and show as many digits.
    The widest span counts, in proportion where the neighbour is the larger number.
    """
    place, length = places(shown)
    found = {}
    for k, number in enumerate(shown):
        spans = [
            (high - low) * min(1.0, abs(number.value) / max(abs(low), abs(high)))
            for j, (low, high) in ranges.items()
            if (place[j][0] == place[k][0])
            or (place[j][1] == place[k][1] and length[j] == length[k])
            if (shown[j].unit, shown[j].whole) == (number.unit, number.whole) and high > low
        ]
        if k not in ranges and spans and max(spans) > number.unit / 2:
            found[k] = max(spans)
    return found


def places(shown):
    """Of each number (line, place in it), and how many numbers its line has."""
    counts, place = {}, []
    for number in shown:
        counts[number.line] = counts.get(number.line, 0) + 1
        place.append((number.line, counts[number.line]))
    return place, [counts[line] for line, _ in place]


def around(number, span):
    """The band of a number that may lie `span` away: at least one unit of its last digit."""
    span = max(span, number.unit)
    low = number.value - span
    return [
        tidy(max(low, 0.0) if number.value >= 0 else low, number.unit),
        tidy(number.value + span, number.unit),
    ]


def tidy(end, unit):
    """An end of a band, to a hundredth of the last printed digit's unit."""
    return round(end, max(0, 2 - round(math.log10(unit))))
