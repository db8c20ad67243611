#!/bin/sh
# Values that stand in files of their own: where they are looked for, what a point's identity is made of, that a
# results folder needs them no more, and what is said of files that are wrong or have changed.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1
mkdir studies
printf '# measured\n4\n2\n1\n1\n1\n1\n1\n1\n0.5\n0\n' >studies/r.txt
cat >studies/s.yaml <<'END'
set: {D: 10, time: 5, K: 1, data: r.txt, spikes: [3, 1]}
grid: {engine: [ode, sgd], lr: [0.5, 1]}
END

points()
{
    "$AESWEEP" export "$1" | sed 1d | cut -d, -f1
}

planned()
{
    "$AESWEEP" plan --list "$@" | sed 1d | cut -d, -f1
}

# ---- reading ----

ok "paths are relative to the sweep file" exits 0 "$AESWEEP" run studies/s.yaml
points results/s >first
ok "the name stands for the data" [ "$("$AESWEEP" export results/s | grep -c ',r\.txt,10,')" -eq 4 ]
ok "... and is asked for" [ "$("$AESWEEP" trajectory results/s --where 'data=r.txt' | wc -l)" -gt 5 ]
ok "... alone" [ "$("$AESWEEP" trajectory results/s --where 'data!=r.txt' | wc -l)" -eq 1 ]
ok "eigenvalues are columns" [ "$("$AESWEEP" export results/s | sed -n '2s/.*,//p')" = 4 ]
ok "... the last ones" [ "$("$AESWEEP" export results/s | sed -n '1s/.*,//p')" = r_1 ]
ok "... and lists of JSON" [ "$("$AESWEEP" export results/s --format json | grep -c '}, "r": \[4\]}')" -eq 4 ]
ok "results tell of K components" [ "$("$AESWEEP" export results/s | head -n 1 | grep -c 'escape_1,steps')" -eq 1 ]
ok "the PCA error is that of the file" [ "$("$AESWEEP" export results/s --format json | grep -c '"pca": 8.5,')" -eq 4 ]
cp studies/r.txt "other name.txt"
planned studies/s.yaml --set 'data=other name.txt' >named
ok "settings are relative to here, and what counts is what stands in the file" cmp first named
ok "an odd name is one field" [ "$("$AESWEEP" plan --list studies/s.yaml --set 'data=other name.txt' | grep -c '"""other name.txt""",10')" -eq 4 ]
sed 's/^#.*/# again/; s/^4$/4.0/' "other name.txt" >studies/r.txt
planned studies/s.yaml >again
ok "comments do not matter" cmp first again
printf 'set: {D: 10, time: 5, K: 1, lr: 0.5, data: {file: r.txt, eigenvalues: [4, 2, 1, 1, 1, 1, 1, 1, 0.5, 0]}}\n' >inline.yaml
ok "eigenvalues may stand in the sweep" [ "$(planned inline.yaml)" = "$(head -n 1 first)" ]

# ---- changes ----

cp -r results/s part
sed -i 's/^2$/2.5/' studies/r.txt
ok "plan" exits 0 "$AESWEEP" plan studies/s.yaml --pilot 0
ok "... says what changed" grep -q '^changed since: r.txt; points that use it are new' out
ok "... and counts it" grep -q '^to run: 4' out
ok "plan as JSON" exits 0 "$AESWEEP" plan studies/s.yaml --pilot 0 --format json
ok "... says it too" grep -q '^"changed_files": "r.txt",$' out
ok "run" exits 0 "$AESWEEP" run studies/s.yaml
ok "... says what changed" grep -q 'changed since the last run: r.txt' err
rm studies/r.txt
ok "the folder needs the file no more" [ "$(points results/s | sort -u | wc -l)" -eq 4 ]
ok "... nor for what is not of the sweep" [ "$("$AESWEEP" export results/s --all | wc -l)" -eq 9 ]
ok "merge" exits 0 "$AESWEEP" merge -o merged --sweep results/s results/s part
ok "... neither" [ "$("$AESWEEP" export merged --all | wc -l)" -eq 9 ]
printf 'set: {D: 4, time: 1}\ngrid: {data: [power, ./q.txt]}\n' >kinds.yaml
printf '4\n1\n1\n0\n' >q.txt
ok "a sweep over kinds" exits 0 "$AESWEEP" run kinds.yaml
ok "report" exits 0 "$AESWEEP" report results/kinds -o kinds.html
ok "... names the files" grep -q '"labels":\["power","./q.txt"\]' kinds.html

ok "verify what was merged" exits 0 ranks 2 verify merged --sample 100%
ok "... all of it" grep -q 'same *8' out

# ---- weights to start from ----

printf 'encoder: [[0.9, 0.1, 0.3]]\ndecoder: [[0.5, 0, 0]]\n' >studies/w.yaml
printf 'set: {D: 10, time: 5, K: 1, data: power, start: w.yaml}\n' >studies/start.yaml
ok "start from a file" exits 0 "$AESWEEP" run studies/start.yaml
printf 'set: {D: 10, time: 5, K: 1, data: power, start: {encoder: [[0.9, 0.1, 0.3]], decoder: [[0.5, 0, 0]]}}\n' >same.yaml
ok "is to start from what stands in it" [ "$(points results/start)" = "$(planned same.yaml)" ]
sed -i 's/0.9/0.8/' studies/w.yaml
ok "a new start" exits 0 "$AESWEEP" plan studies/start.yaml --pilot 0
ok "... is told" grep -q 'changed since: w.yaml' out

# ---- mistakes ----

rm -rf results

# bad NAME PATTERN: bad.yaml is refused, and the one message has the pattern.
bad()
{
    ok "$1" exits 2 "$AESWEEP" "${3:-plan}" bad.yaml
    ok "$1: one message" [ "$(grep -c ^aesweep err)" -eq 1 ]
    ok "$1: says '$2'" grep -qE -- "$2" err
    ok "$1: no results folder" [ ! -e results ]
}

printf 'set: {D: 3}\ngrid: {data: [power, bad.txt]}\n' >bad.yaml
bad "missing" "bad.yaml:2:22: bad.txt: cannot be read: No such file" run
printf '4\n-1e-9\n0\n' >bad.txt
bad "negative" "^aesweep plan: bad.txt:2: '-1e-9' is negative.*>= 0"
printf '4\n\n0\n' >bad.txt
bad "a value is missing" "^aesweep plan: bad.txt:2: .*without a value"
printf '4\nNA\n0\n' >bad.txt
bad "not numeric" "^aesweep plan: bad.txt:2: 'NA' is not a finite number"
printf '1\n2\n3\n' >bad.txt
bad "unsorted" "^aesweep plan: bad.txt:2: 2 is larger than 1 in line 1; .*strongest first"
printf '4\n2\n' >bad.txt
bad "too few" "bad.yaml.*bad.txt has 2 eigenvalues but D = 3: one for each direction; set D: 2"
: >bad.txt
bad "empty" "bad.yaml:2:22: bad.txt: no eigenvalue in it"
rm bad.txt && mkdir bad.txt
bad "a folder" "bad.yaml:2:22: bad.txt: a folder; a list of eigenvalues is a file"
printf 'set: {data: spikd}\n' >bad.yaml
bad "a typing error" "bad.yaml:1:13: .*spiked, power, sinusoidal, or a file.*did you mean 'spiked'"
printf 'set: {data: {eigenvalues: [1, 2]}, D: 2}\n' >bad.yaml
bad "unsorted in the sweep" "bad.yaml:1:27: .*strongest first"
printf 'set: {data: {file: r.txt}}\n' >bad.yaml
bad "no eigenvalues in the sweep" "bad.yaml:1:13: .*without eigenvalues"
printf 'set: {data: {eigenvalue: [1]}}\n' >bad.yaml
bad "another key" "bad.yaml:1:14: .*'eigenvalue'; did you mean 'eigenvalues'"
printf 'set: {data: power, D: inf}\n' >bad.yaml
bad "an infinite power law" "bad.yaml.*finite D"
printf 'set: {start: w.yaml, K: 2}\n' >bad.yaml
bad "no start" "bad.yaml:1:14: w.yaml: cannot be read"
printf 'encoder: [[1], [2]\n' >w.yaml
bad "a start that is no YAML" "^aesweep plan: w.yaml:[12]:[0-9]+: "
printf 'encoder:\n- [1]\n- [1, 2]\n' >w.yaml
bad "a start that is no matrix" "^aesweep plan: w.yaml:3:3: start: row 2 of encoder has 2 numbers"
printf -- '- 1\n' >w.yaml
bad "a start that is a list" "^aesweep plan: w.yaml:1:1: start: a list; allowed: the keys encoder"
finish
