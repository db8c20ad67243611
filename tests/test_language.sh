#!/bin/sh
# The language from outside: the examples of sweeps/README.md, the options that change or choose,
# and tables of sweeps that are no plain grid.
. "$(dirname "$0")/lib.sh"
home=$(cd "$(dirname "$0")/.." && pwd)
cd "$scratch" || exit 1

plan()
{
    "$AESWEEP" plan "$@" 2>&1
}

# said TEXT ARGUMENTS...: does plan print a line that begins so?
said()
{
    text=$1
    shift
    plan "$@" >plan.log
    grep -q -- "^$text" plan.log || { cat plan.log; return 1; }
}

# ---- the examples ----

# Every line of the example stands in the README.
is_shown()
{
    grep -v '^#' "$1" | while IFS= read -r line; do
        grep -qxF -- "$line" "$home/sweeps/README.md" || { echo "missing: $line"; return 1; }
    done
}
for example in "$home"/sweeps/examples/*.yaml; do
    name=$(basename "$example" .yaml)
    want=$(sed -n '1s/^# //p' "$example")
    ok "example $name has $want" said "$want" "$example"
    ok "example $name is in the README" is_shown "$example"
done

# ---- --set ----

cat >s.yaml <<'END'
name: s
set: {D: 20, spikes: [2, 1], time: 1, tol: 1e-6}
grid:
  activation: [linear, erf]
  K: [1, 2]
zip:
  - {init: [0.1, 0.2], lr: [0.5, 1]}
replicates: 2
---
grid: {K: [2, 3]}
END
ok "no options" said "points: 10, 2 replicates each: 20 rows" s.yaml
ok "a value for an axis" said "points: 5" s.yaml --set K=2
ok "an axis for an axis" said "points: 15" s.yaml --set "K=[1,2,3]"
ok "a range for an axis" said "points: 20" s.yaml --set "K={from: 1, to: 4}"
ok "an axis for a value" said "points: 20" s.yaml --set time=[1,2]
ok "a value for a member" said "points: 9" s.yaml --set lr=0.7
ok "values for all members" said "points: 5" s.yaml --set lr=0.7 --set init=1
ok "an axis for a member" \
    said "aesweep plan: --set lr:1:1: zip: lr has 3 values" s.yaml --set lr=[1,2,3]
ok "a formula" said "  time .*=K/2 (document 2)" s.yaml --set time==K/2
ok "the last one counts" said "points: 5" s.yaml --set "K=[1,2,3]" --set K=2
ok "replicates and seed" said "points: 10, 5 replicates" s.yaml --set replicates=5 --set seed=9
for bad in "x=1:--set: unknown parameter 'x'" "kk=1:did you mean 'K'" "K:name=VALUE" \
    "K=:name=VALUE" "=3:name=VALUE" \
    "K=0:--set K:1:1: K: '0'" "K=[1, x]:--set K:1:5: K: 'x'" "K=[1:--set K:" \
    "K=1.5:--set K:1:1: " "time==1/k_:--set time:1:1: time: column 4" \
    "seed=-1:--set seed:1:1: seed" \
    "name=b:unknown parameter 'name'"; do
    ok "--set '${bad%%:*}' is refused" exits 2 "$AESWEEP" plan s.yaml --set "${bad%%:*}"
    ok "--set '${bad%%:*}' says why" grep -qF -- "${bad#*:}" err
done

# ---- --only and --shard ----

ok "only" said "chosen: 5 points, 10 rows" s.yaml --only K=2
ok "only, by replicate" said "chosen: 10 points, 10 rows" s.yaml --only replicate=2
ok "only lists the rows" [ "$(plan s.yaml --list --only K=2,replicate=1 | wc -l)" -eq 6 ]
ok "shards list every row once" sh -c "
    for i in 1 2 3; do '$AESWEEP' plan s.yaml --list --shard \$i/3 | tail -n +2; done | sort >shards
    '$AESWEEP' plan s.yaml --list | tail -n +2 | sort | cmp - shards"
ok "only must be a condition" exits 2 "$AESWEEP" run s.yaml --only K==2
ok "only says where" grep -q "^aesweep run: --only: column 2: " err
ok "a shard must be there" exits 2 "$AESWEEP" run s.yaml --shard 4/3
ok "a shard says how" grep -q "^aesweep run: --shard: '4/3'; allowed: i/n" err

# ---- runs ----

ok "run a part" exits 0 "$AESWEEP" run -q s.yaml --only K=2
ok "the sweep is whole" exits 75 "$AESWEEP" status results/s --exit-code
ok "the rest" exits 0 "$AESWEEP" run -q s.yaml
ok "all is there" exits 0 "$AESWEEP" status results/s --exit-code
for i in 1 2; do
    ok "shard $i" exits 0 "$AESWEEP" run -q s.yaml --shard $i/2
    ok "shard $i has its folder" [ -d "results/s-$i-of-2" ]
done
for dir in s s-1-of-2 s-2-of-2; do
    "$AESWEEP" export "results/$dir" --format csv >"$dir.csv"
done
ok "shards make up the whole" sh -c "
    grep -h ',done,' s-1-of-2.csv s-2-of-2.csv | sort >parts
    grep ',done,' s.csv | sort | cmp - parts"
ok "as many rows as the plan says" [ "$(grep -c ',done,' s.csv)" -eq 20 ]

# ---- tables ----

"$AESWEEP" table results/s --value steps --reduce count --rows K --cols lr --format csv >table.csv
ok "each point is in one cell" [ "$(tail -n +2 table.csv | tr ',' '\n' | grep -cx 2)" -ge 10 ]
ok "a member by its name" sh -c "
    '$AESWEEP' table results/s --rows K --cols init --format csv | head -n 1 | grep -q '0.1,0.2'"
ok "rows of both documents" sh -c "
    '$AESWEEP' table results/s --rows K --cols lr --format csv | cut -d, -f3 | grep -qx 3"
cat >t.yaml <<'END'
set: {D: 20, spikes: [2, 1], tol: 1e-6, time: =1/lr, engine: ode}
grid: {K: [1, 2]}
zip: [{init: [0.2, 0.1, 0.1], lr: [1, 1, 0.5]}]
---
set: {activation: linear}
grid: {K: [1]}
END
ok "run it" exits 0 "$AESWEEP" run -q t.yaml
"$AESWEEP" table results/t --value pmse --reduce count --format csv >table.csv
ok "no cell holds two points" sh -c "! tail -n +2 table.csv | cut -d, -f4- | grep '[2-9]'"
ok "a computed value as columns" \
    exits 0 "$AESWEEP" table results/t --rows K --cols time --format csv
ok "its values rise" grep -q "1,2" out
finish
