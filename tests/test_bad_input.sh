#!/bin/sh
# Broken sweep files: each gives one line on stderr that names the file, exit status 2, and no results folder.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

# bad NAME PATTERN: broken.yaml is refused, and the one message has the pattern.
bad()
{
    for command in run plan; do
        ok "$1 ($command)" exits 2 "$AESWEEP" "$command" "${3:-broken.yaml}"
        ok "$1: one message ($command)" [ "$(grep -c ^aesweep err)" -eq 1 ]
        ok "$1: says '$2' ($command)" grep -qE -- "$2" err
    done
    ok "$1: no results folder" [ ! -e results ]
}

printf 'set:\n  learning_rate: 1\n' >broken.yaml
bad "unknown key" "broken.yaml:2:3: .*learning_rate.*'lr'"
printf 'set:\n  K: 1\n  K: 2\n' >broken.yaml
bad "duplicate key" "broken.yaml:3:3: .*K"
printf 'set:\n  K: many\n' >broken.yaml
bad "wrong type" "broken.yaml:2:6: .*many"
printf 'set:\n  lr: -1\n' >broken.yaml
bad "out of range" "broken.yaml:2:7: .*-1.*> 0"
printf 'grid:\n  lr: []\n' >broken.yaml
bad "empty axis" "broken.yaml:2:7: "
printf 'set:\n  K: 0\n' >broken.yaml
bad "K: 0" "broken.yaml:2:6: .*0"
printf 'set:\n  tied: true\n  K: 1\n  start: {encoder: [[1]], decoder: [[2]]}\n' >broken.yaml
bad "tied with unequal start" "broken.yaml.*tied"
printf 'set:\n  D: inf\ngrid:\n  engine: [ode, sgd]\n' >broken.yaml
bad "D: inf for sgd" "broken.yaml:.*engine: sgd"
printf 'set:\n  tied: yes\n' >broken.yaml
bad "tied: yes" "broken.yaml:2:9: .*yes.*true"
printf 'set:\n\tK: 1\n' >broken.yaml
bad "a tab" "broken.yaml:2:1: .*tab"
printf 'grid:\n  K: [1, 2\n' >broken.yaml
bad "an unclosed bracket" "broken.yaml:[0-9]+:[0-9]+: "
head -c 4096 /dev/urandom >broken.yaml
bad "binary junk" "broken.yaml:"
: >broken.yaml
bad "an empty file" "broken.yaml.*empty"
bad "a missing file" "nowhere.yaml.*[Nn]o such file" nowhere.yaml
mkdir folder.yaml
bad "a folder" "folder.yaml.*(folder|directory)" folder.yaml
head -c 10000000 /dev/zero | tr '\0' '[' >broken.yaml
bad "10 MB of nesting" "broken.yaml:1:[0-9]+: "
printf 'set: {K: 2}\ngrid:\n  activaton: [erf]\n' >broken.yaml
bad "a typing error in grid" "broken.yaml:3:3: .*'activation'"
ok "several ranks say it once" exits 2 ranks 3 run broken.yaml
ok "... indeed" [ "$(grep -c 'activaton' err)" -eq 1 ]
ok "run without a file" exits 2 "$AESWEEP" run
ok "an unknown option" exits 2 "$AESWEEP" run broken.yaml --ouput x
ok "... with the nearest" grep -q -- '--output' err
ok "still no results folder" [ ! -e results ]
finish
