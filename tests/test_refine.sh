#!/bin/sh
# Refined sweeps as a user runs them: the boundary of a uniform grid at a tenth of its points, the
# same bytes on any number of ranks and after any death, and what other commands make of them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_ranks.sh"
home=$PWD
cd "$scratch" || exit 1
export TMPDIR="$scratch"

cat >r.yaml <<'YAML'
name: r
set: {engine: sgd, D: 100, spikes: [2, 1], time: 20, record: final}
grid:
  activation: [linear, erf]
  K: [1, 2]
  lr: {from: 1, to: 1000, points: 4, scale: log}
replicates: 2
refine: {axes: [lr], levels: 4}
YAML

exports() # DIR PREFIX
{
    "$AESWEEP" export "$1" --format csv -o "$2.points" &&
        "$AESWEEP" table "$1" --boundary --format csv -o "$2.boundary"
}
same() # PREFIX PREFIX
{
    cmp "$1.points" "$2.points" && cmp "$1.boundary" "$2.boundary"
}

# ---- any number of ranks (2 of them below) ----
ok "one process" exits 0 "$AESWEEP" run r.yaml -o r1
ok "it says what was added" grep -q "^refine added [0-9]* of these points" "$scratch/err"
ok "exports" exports r1 e1
ok "refined points come after the grid" \
    sh -c 'sed -n "34p" e1.points | grep -q "linear,1," && [ $(wc -l <e1.points) -gt 60 ]'
many="3 5"
[ "$slower" -eq 1 ] || many=3 # ranks take seconds to start
for n in $many; do
    ok "$n ranks run" exits 0 ranks "$n" run r.yaml -o "r$n"
    ok "$n ranks export" exports "r$n" "e$n"
    ok "$n ranks: the same bytes" same e1 "e$n"
done

# ---- deaths ----
die() # SIGNAL MILLISECONDS: a run in folder k dies by then, or has come to its end
{
    start_ranks 2 run r.yaml -o k --checkpoint 0.05
    sleep "$(printf '0.%03d' "$2")"
    if [ "$1" = KILL ]; then
        # shellcheck disable=SC2046
        kill -KILL $(rank_pids "$pid") 2>/dev/null
    else
        kill -"$1" "$pid" 2>/dev/null
    fi
    wait_ranks k
    no_rank_left k
}
ok "killed" die KILL 450
ok "stopped" die USR1 560
ok "a run to the end" exits 0 ranks 2 run r.yaml -o k
ok "exports after deaths" exports k ek
ok "the same bytes after deaths" same e1 ek

# ---- against a uniform grid ----
cat >u.yaml <<'YAML'
name: u
set: {D: inf, spikes: [2, 1], time: 1e4, record: final}
grid:
  K: [1, 2]
  init: {from: 0.001, to: 1, points: 4, scale: log}
refine: {axes: [init], levels: 5}
YAML
sed '/refine/d; s/points: 4/points: 97/' u.yaml >uniform.yaml
ok "refined" exits 0 "$AESWEEP" run u.yaml -o u
ok "uniform" exits 0 "$AESWEEP" run uniform.yaml -o uniform
boundary() # DIR: rounded to 9 digits
{
    "$AESWEEP" table "$1" --boundary --format csv | awk -F, -v OFS=, 'NR > 1 {
        $2 = sprintf("%.9g", $2); $3 = sprintf("%.9g", $3)} {print}'
}
same_boundary()
{
    boundary u >a && boundary uniform >b && [ "$(wc -l <a)" -ge 3 ] && cmp a b
}
n_rows()
{
    "$AESWEEP" export "$1" --format csv | tail -n +2 | wc -l
}
ok "the same boundary" same_boundary
ok "a tenth of the points" [ $((10 * $(n_rows u))) -le "$(n_rows uniform)" ]

# A single unit has its boundary where phase_tol = min_Q [1 - (Q-e) / ((1+Q) asin(Q/(1+Q)))] with
# e = sigma2 init^2 (found by bisection of that function): init = 0.0332119.
ok "the study of boundaries" exits 0 "$AESWEEP" run "$home/sweeps/boundary.yaml" --set K=1 \
    --set sigma2=1 -o one
holds()
{
    "$AESWEEP" table one --boundary --format csv >b.csv && cat b.csv && awk -F, 'NR == 2 &&
        $(NF - 4) < 0.0332119 && 0.0332119 < $(NF - 3) && $(NF - 3) < 1.01 * $(NF - 4) &&
        $(NF - 2) == "pca" && $(NF - 1) == "distorted" {good = 1} END {exit !good}' b.csv
}
ok "its interval holds the exact value" holds

# ---- other commands ----
ok "a finer verdict refines anew" sh -c \
    '"$0" run u.yaml -o u --set phase_tol=0.003 2>&1 | grep -q " [1-9][0-9]* new in"' "$AESWEEP"
ok "and back: nothing to compute" sh -c '"$0" run u.yaml -o u 2>&1 | grep -q " 0 new in"' "$AESWEEP"
ok "verify" exits 0 "$AESWEEP" verify u --sample 30%
"$AESWEEP" plan u.yaml -o u --pilot 0 >plan
ok "plan says how axes are halved" grep -q "^refined: init (log), 5 levels" plan
ok "plan knows what was added" sh -c 'grep "added so far: 10 points" plan && grep "^to run: 0" plan'
ok "plan lists it" [ "$("$AESWEEP" plan u.yaml -o u --list | wc -l)" -eq 19 ]
ok "plan in JSON" sh -c \
    '"$0" plan u.yaml -o none --pilot 0 --format json | python3 -c "
import json, sys
p = json.load(sys.stdin)[\"refine\"]
assert p == {\"axes\": [\"init\"], \"levels\": 5, \"added\": 0, \"at_most\": 6 * 31}, p"' "$AESWEEP"
ok "status" sh -c '"$0" status u | grep -q "18 (points times replicates), 10 of them added"' "$AESWEEP"
ok "the table shows the grid" sh -c '"$0" table u | grep -qx "1 PPDD"' "$AESWEEP"
forget_and_run()
{
    "$AESWEEP" retry u --where "init=0.01" && "$AESWEEP" run u.yaml -o u -q && same_boundary
}
ok "a neighbour forgotten and computed again" forget_and_run

# ---- shards ----
shards()
{
    "$AESWEEP" run u.yaml --shard 1/2 -o s1 2>err1 && "$AESWEEP" run u.yaml --shard 2/2 -o s2 -q &&
        grep -q "not refined in a shard" err1 && "$AESWEEP" merge -o m s1 s2 &&
        [ "$("$AESWEEP" run u.yaml -o m 2>&1 | grep -c " 10 new in")" -eq 1 ] &&
        "$AESWEEP" export m --format csv >m.csv && "$AESWEEP" export u --format csv | cmp - m.csv
}
ok "shards, merged, then refined" shards

# ---- mistakes ----
sed 's/axes: \[init\]/axes: [spikes]/' u.yaml >bad.yaml
ok "what cannot be bisected" sh -c \
    '"$0" plan bad.yaml 2>&1 | grep -q "^aesweep plan: bad.yaml:6:17: refine: spikes is not a number"' "$AESWEEP"
ok "an axis fixed on the command line is none" exits 0 "$AESWEEP" plan u.yaml --set init=0.1 --pilot 0
ok "boundaries have no value" exits 2 "$AESWEEP" table u --boundary --value excess
ok "nor every format" exits 2 "$AESWEEP" table u --boundary --format latex
finish
