#!/usr/bin/env bash
# Prints how large the public surface of each crate is, with all features: the names at its root (modules apart), and all
# public items, which are types, functions, methods, variants, constants and named fields of structs. Methods of traits
# and fields of variants do not count. The names of a crate given as an argument are listed, too.
set -euo pipefail
. "$(dirname "$0")/common.sh"

for crate in "${crates[@]}"; do
    RUSTC_BOOTSTRAP=1 cargo rustdoc -q -p "$crate" --all-features -- -Zunstable-options --output-format json
    python3 - "$crate" "${1:-}" <<'EOF'
import json, os, sys

crate, listed = sys.argv[1:]
target = os.environ.get("CARGO_TARGET_DIR", "target")
docs = json.load(open(f"{target}/doc/{crate.replace('-', '_')}.json"))
index, root = docs["index"], str(docs["root"])
names = {}


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


def visit(id, path):
    item = index.get(str(id))
    if item is None or item["visibility"] not in ("public", "default"):
        return
    kind, inner = next(iter(item["inner"].items()))
    if kind == "use":
        visit(inner["id"], path)
    elif str(id) not in names:
        names[str(id)] = (kind, path + (item["name"],))
        for part in parts(kind, inner):
            visit(part, path + (item["name"],))


def roots():
    """The names that stand at the root, wherever they are written."""
    for id in index[root]["inner"]["module"]["items"]:
        kind, inner = next(iter(index[str(id)]["inner"].items()))
        target = index.get(str(inner["id"])) if kind == "use" else index[str(id)]
        if target and "module" not in target["inner"]:
            yield target["name"]


visit(root, ())
items = sorted(path for kind, path in names.values() if kind != "module")
print(f"{crate}: {len(set(roots()))} names at the root, {len(items)} public items")
if listed == crate:
    print("\n".join("::".join(path[1:]) for path in items))
EOF
done
