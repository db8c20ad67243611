"""Checks sweep files against the schema on standard input, as an editor would. Each argument is
good:FILE or bad:FILE, optionally with the program's own verdict demanded: good+plan:, bad+plan:.
Every YAML document is checked by itself. Prints `ok NAME` or `not ok NAME`."""
import json
import os
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skip: {missing} (Debian: python3-jsonschema, python3-yaml)")
    sys.exit(77)


class Loader(yaml.SafeLoader):
    """Scalars of YAML 1.2: PyYAML's are those of 1.1, where 1e4 is a text and yes a flag."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("float", r"^[-+]?\.(?:inf|Inf|INF)$", "-+."),
    ("merge", r"^(?:<<)$", "<"),
):
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def as_float(loader, node):
    return float(loader.construct_scalar(node).lower().replace(".inf", "inf"))


Loader.add_constructor("tag:yaml.org,2002:float", as_float)

schema = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = False
for argument in sys.argv[1:]:
    want, path = argument.split(":", 1)
    with open(path, encoding="utf-8") as file:
        documents = list(yaml.load_all(file, Loader=Loader))
    problems = [error.message for document in documents for error in validator.iter_errors(document)]
    is_right = (not problems) == want.startswith("good")
    why = "; ".join(problems)[:300]
    if is_right and want.endswith("+plan"):
        plan = subprocess.run(
            [os.environ["AESWEEP"], "plan", path], capture_output=True, text=True, check=False
        )
        is_right = plan.returncode == (0 if want.startswith("good") else 2)
        why = f"plan exits {plan.returncode}: {plan.stderr}"
    print(f"{'ok' if is_right else 'not ok'} schema_{want}_{os.path.basename(path)[:-5]}")
    if not is_right:
        print("    " + why)
        failed = True
sys.exit(failed)
