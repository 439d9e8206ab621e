"""Looks at the documentation of a crate, as rustdoc writes it in JSON: public_items.py DOCS.json COVERAGE.json [list]

Prints how large the public surface is, and which other crates it shows. Fails when a crate shows up that is not in FOREIGN, when an item has
no documentation, and when fewer than EXAMPLES percent of the items that can carry an example have one.
"""
import json
import sys

# The crates whose types may stand in a public signature, or whose traits may be implemented: see docs/RELEASING.md.
FOREIGN = {"arbitrary", "bytes", "chrono", "rayon", "serde"}
# Crates that are a part of another one; the standard library is no other crate.
PART_OF = {"serde_core": "serde", "core": "", "alloc": "", "std": ""}
EXAMPLES = 60

docs = json.load(open(sys.argv[1]))
index, root = docs["index"], str(docs["root"])
crate = index[root]["name"].replace("_", "-")
names = {}
foreign = {}


def parts(kind, inner):
    """The ids of what is inside an item."""
    if kind in ("module", "trait"):
        return inner["items"]
    if kind in ("enum", "struct", "union"):
        own = inner["variants"] if kind == "enum" else inner["fields"] if kind == "union" else []
        if kind == "struct" and isinstance(inner["kind"], dict) and "plain" in inner["kind"]:
            own = inner["kind"]["plain"]["fields"]
        impls = (index[str(id)]["inner"]["impl"] for id in inner["impls"] if str(id) in index)
        return own + [id for impl in impls if impl["trait"] is None for id in impl["items"]]
    return []


def note(value, path):
    """Notes the crates of all types and traits in a signature."""
    if isinstance(value, dict):
        if "id" in value and ("path" in value or "name" in value) and "args" in value:
            known = docs["paths"].get(str(value["id"]))
            if known and known["crate_id"] != 0:
                name = docs["external_crates"][str(known["crate_id"])]["name"]
                name = PART_OF.get(name, name)
                if name != "":
                    foreign.setdefault(name, "::".join(path))
        for inner in value.values():
            note(inner, path)
    elif isinstance(value, list):
        for inner in value:
            note(inner, path)


def visit(id, path):
    item = index.get(str(id))
    if item is None or item["visibility"] not in ("public", "default"):
        return
    kind, inner = next(iter(item["inner"].items()))
    if kind == "use":
        if str(inner["id"]) not in index:  # An item of another crate.
            note({"id": inner["id"], "path": "", "args": None}, path + (inner["name"],))
        visit(inner["id"], path)
    elif str(id) not in names:
        path += (item["name"],)
        names[str(id)] = (kind, path)
        for part in parts(kind, inner):
            visit(part, path)
        if kind != "module" and isinstance(inner, dict):
            note([value for key, value in inner.items() if key not in ("impls", "items", "variants")], path)
        for impl in inner.get("impls", []) if kind in ("enum", "struct", "union") else []:
            impl = index.get(str(impl), {"inner": {"impl": None}})["inner"]["impl"]
            if impl and impl["blanket_impl"] is None and not impl["is_synthetic"] and impl["trait"]:
                note([impl["trait"], impl["for"]], path)


def roots():
    """The names that stand at the root, wherever they are written."""
    for id in index[root]["inner"]["module"]["items"]:
        kind, inner = next(iter(index[str(id)]["inner"].items()))
        target = index.get(str(inner["id"])) if kind == "use" else index[str(id)]
        if target and "module" not in target["inner"]:
            yield target["name"]


visit(root, ())
items = sorted(path for kind, path in names.values() if kind != "module")
files = json.load(open(sys.argv[2])).values()
total, documented, can, have = (sum(file[key] for file in files) for key in ("total", "with_docs", "total_examples", "with_examples"))
print(
    f"{crate}: {len(set(roots()))} names at the root, {len(items)} public items; {documented} of {total} documented, {have} of {can} with an example "
    f"({100 * have // can} %); types of {', '.join(sorted(map(str, foreign))) or 'no other crate'}"
)
if sys.argv[3:]:
    print("\n".join("::".join(path[1:]) for path in items))
wrong = [f"{name} in {where}" for name, where in foreign.items() if name not in FOREIGN]
if wrong:
    sys.exit(f"{crate} shows types of other crates: {'; '.join(wrong)}")
if documented < total or 100 * have < EXAMPLES * can:
    sys.exit(f"{crate}: an item is not documented, or fewer than {EXAMPLES} % of those that can have an example have one")
