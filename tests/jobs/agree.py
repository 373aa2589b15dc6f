#!/usr/bin/env python3
"""Reader and JSON Schema agree about job files.

  agree.py WEIR WEIR-GEN WEIR-YAML-JSON ROOT

Valid jobs are those of tests/data/jobs/good.txt, the examples in weir-job(5)
and examples/*.yaml: "weir check" and the schema take them, and together they
use every key there is. Those of tests/data/jobs/bad.txt are refused by
"weir check", and by the schema unless marked "schema: valid".
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema  # Debian: python3-jsonschema

PRELUDES = {
    "@P\n": "start: https://a.example/\npages: {p: {fields: {t: h1}}}\n",
    "@F\n": "start: https://a.example/\npages:\n  p:\n    fields:\n",
}
ENVIRONMENT = {"TOKEN": "t0ken", "API_TOKEN": "x", "SITE_PASSWORD": "y"}


def cases(path):
    """(name, text) of a file of cases; what follows --- is for others."""
    for case in re.split(r"^=== ", path.read_text("utf-8"), flags=re.M)[1:]:
        name, text = case.split("\n", 1)
        text = text.rsplit("---\n", 1)[0] if "---\n" in text else text
        for short, long in PRELUDES.items():
            text = text.replace(short, long)
        yield name, text


def manual(path):
    """The examples of the manual page, each a whole job."""
    found = re.findall(r'^\.\\" example: (\S+)\n\.Bd [^\n]*\n(.*?)^\.Ed$',
                       path.read_text("utf-8"), flags=re.M | re.S)
    for name, text in found:
        yield f"weir-job(5): {name}", text.replace("\\e", "\\")


class Judge:
    def __init__(self, weir, to_json, schema, folder):
        self.weir, self.to_json, self.folder = weir, to_json, folder
        self.validator = jsonschema.Draft202012Validator(schema)
        self.failures = 0

    def fail(self, name, what):
        print(f"{name}: {what}")
        self.failures += 1

    def read(self, text):
        """The job as data, None when it is not YAML."""
        path = self.folder / "job.yaml"
        path.write_text(text, "utf-8")
        made = subprocess.run([self.to_json, path], capture_output=True)
        return json.loads(made.stdout) if made.returncode == 0 else None

    def check(self, text, arguments=()):
        path = self.folder / "job.yaml"
        path.write_text(text, "utf-8")
        return subprocess.run([self.weir, "check", *arguments, path],
                              capture_output=True, text=True,
                              env={**os.environ, **ENVIRONMENT})

    def good(self, name, text):
        data = self.read(text)
        required = [f"-p{key}=1" for key, value in
                    data.get("params", {}).items() if value is None]
        checked = self.check(text, required)
        if checked.returncode != 0 or checked.stderr:
            self.fail(name, f"weir check: {checked.stderr}")
        for error in self.validator.iter_errors(data):
            self.fail(name, f"schema: {error.json_path}: {error.message}")
        return data

    def bad(self, name, text):
        if self.check(text).returncode != 2:
            self.fail(name, "weir check takes it")
        data = self.read(text)
        valid = data is not None and self.validator.is_valid(data)
        if valid != ("schema: valid" in name):
            self.fail(name, f"schema: {'valid' if valid else 'not valid'}")


def used(value, keys):
    """Adds all keys of a value to a set."""
    if isinstance(value, dict):
        keys.update(value)
        for member in value.values():
            used(member, keys)
    elif isinstance(value, list):
        for item in value:
            used(item, keys)


def main(weir, gen, to_json, root):
    root = pathlib.Path(root)
    schema = json.loads((root / "share/weir-job.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    good = [*cases(root / "tests/data/jobs/good.txt"),
            *manual(root / "man/weir-job.5.in")]
    good += [(path.name, path.read_text("utf-8"))
             for path in sorted(root.glob("examples/**/*.yaml"))]
    bad = list(cases(root / "tests/data/jobs/bad.txt"))
    keys = set()
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(weir, to_json, schema, pathlib.Path(folder))
        (judge.folder / "urls.txt").write_text("# mine\nhttps://a.example/\n")
        (judge.folder / "cities.csv").write_text("city,lat\nKiel,54\n")
        for name, text in good:
            used(judge.good(name, text), keys)
        for name, text in bad:
            judge.bad(name, text)
    table = subprocess.run([gen, "keys"], capture_output=True, text=True,
                           check=True).stdout.split("\n")[:-1]
    for line in table:
        if line.split(" ", 1)[1] not in keys | {"sitemap"}:
            judge.fail(line, "no valid job uses this key")
    print(f"{len(good)} valid, {len(bad)} refused, {len(table)} keys, "
          f"{judge.failures} failures")
    return bool(judge.failures) or len(good) < 10 or len(bad) < 50


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
