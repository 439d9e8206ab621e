#!/usr/bin/env python3
"""Checks what the programs print against the schemas in examples/schema, with a validator of JSON Schema.

    contract.py BIN

BIN is the directory of the programs. The runs are those of examples/schema/runs.tsv; the golden lines, and those of the
library, are checked too. A schema allows members that it does not name, as new ones may come; here they are an error,
so that no program prints what the schemas do not tell.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

SCHEMAS = pathlib.Path("examples/schema")
SAMPLE = pathlib.Path("examples/sample").absolute()


def closed(schema):
    """A schema that allows no member without a name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {word: closed(each) for word, each in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.v1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(closed(schema))


def faults(checker, lines, where):
    count = 0
    for line in lines:
        for error in checker.iter_errors(json.loads(line)):
            count += 1
            if count <= 5:
                print(f"{where}: {error.json_path}: {error.message[:300]}")
    return count


def main():
    binaries = pathlib.Path(sys.argv[1])
    checkers = {path.name.split(".")[0]: validator(path.name.split(".")[0]) for path in sorted(SCHEMAS.glob("*.v1.json"))}
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(f"zstd -dc {SAMPLE}/spool.tar.zst | tar -xpf - -C {work}", shell=True, check=True, stderr=subprocess.DEVNULL)
        for row in (SCHEMAS / "runs.tsv").read_text().splitlines():
            if row.startswith("#"):
                continue
            name, command = row.split("\t")
            places = {"SPOOL": work, "LOG": SAMPLE / "mail.log.zst"}
            program, *arguments = (places.get(word, word) for word in command.split(" "))
            output = subprocess.run([binaries / program, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            lines = output.stdout.splitlines()
            if not lines:
                sys.exit(f"{command}: prints nothing")
            wrong += faults(checkers[name], lines, command)
            print(f"{command}: {len(lines)} lines")
    for name, checker in checkers.items():
        golden = (SCHEMAS / "golden" / f"{name}.jsonl").read_bytes().splitlines()
        wrong += faults(checker, golden, f"golden {name}")
        # The checks do find something.
        if not list(checker.iter_errors({**json.loads(golden[0]), "unheard_of": 1})):
            sys.exit(f"{name}: takes anything")
    library = pathlib.Path("postfix-log/tests/data/golden.jsonl").read_bytes().splitlines()
    wrong += faults(checkers["maillog"], library, "golden lines of the library")
    sys.exit(1 if wrong else 0)


main()
