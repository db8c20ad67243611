#!/bin/sh
# aesweep retry: results are forgotten, and computed again to the same bytes.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >small.yaml <<'YAML'
name: small
set: {D: 30, spikes: [4, 2], time: 4}
grid: {engine: [ode, sgd], tie_scale: [1, 2], tied: [false, true], K: [1, 2], lr: [0.5, 5]}
replicates: 2
YAML
cat >late.yaml <<'YAML'
name: late
set: {engine: sgd, D: 1000, K: 4, time: 1e6}
grid: {timeout: [0.02], lr: [1, 2, 3]}
YAML
forgot() # TEXT ARGUMENTS...: retry prints TEXT
{
    text=$1
    shift
    exits 0 "$AESWEEP" retry "$@" && grep -qF "$text" out || { cat out; return 1; }
}
n_rows()
{
    [ "$("$AESWEEP" export "$1" --format csv | wc -l)" -eq $(($2 + 1)) ]
}
same_export()
{
    "$AESWEEP" export "$1" --format csv | cmp - small.csv
}

ok "a sweep" exits 0 "$AESWEEP" run small.yaml -o small
"$AESWEEP" export small --format csv >small.csv
ok "nothing failed, nothing is forgotten" forgot "forgot 0 results" small --failed
ok "... nothing was lost" forgot "forgot 0 results" small --lost
ok "... nothing is so" forgot "forgot 0 results" small --where "K>7"
ok "... and nothing changed" same_export small

# tie_scale does not act on untied points: two points share each of their results.
ok "results of some points" forgot "forgot 12 results (12 done, 0 failed)" small --where "engine=sgd, K=2"
ok "... are gone" n_rows small 48
ok "... and missing" exits 75 "$AESWEEP" status small --exit-code
ok "the run computes them again" exits 0 "$AESWEEP" run small.yaml -o small
ok "... and only them" grep -q " 12 new in" err
ok "... to the same bytes" same_export small
ok "a shared result is forgotten whichever point is named" \
    forgot "forgot 1 result (1 done" small --where "engine=sgd, tied=false, tie_scale=2, K=1, lr=5, replicate=2"
ok "... for all of them" n_rows small 62
ok "again" exits 0 "$AESWEEP" run small.yaml -o small
ok "... the same" same_export small

# ---- outside the sweep as last run ----
sed 's/K: \[1, 2\]/K: [1]/' small.yaml >less.yaml
ok "a smaller sweep" exits 0 "$AESWEEP" run less.yaml -o small
ok "results outside it are found by their own parameters" forgot "forgot 24 results" small --where "K=2"
ok "all of them" forgot "forgot 0 results" small --where "K=2"
ok "those inside stay" exits 0 "$AESWEEP" status small --exit-code

# ---- failed points ----
ok "points fail" exits 3 "$AESWEEP" run late.yaml -o late
ok "they are not taken for lost" forgot "forgot 0 results" late --lost
ok "--where narrows --failed" forgot "forgot 1 result (0 done, 1 failed)" late --failed --where "lr=2"
ok "the others" forgot "forgot 2 results (0 done, 2 failed)" late --failed
ok "nothing is left" exits 75 "$AESWEEP" status late --exit-code

# ---- refusals ----
ok "nothing said" exits 2 "$AESWEEP" retry late
ok "a bad condition" exits 2 "$AESWEEP" retry late --where "lr <"
ok "no results there" exits 2 "$AESWEEP" retry nowhere --failed
cat >long.yaml <<'YAML'
name: long
set: {engine: sgd, D: 1000, K: 4, time: 1e6}
grid: {lr: [0.1, 0.2]}
YAML
"$AESWEEP" run long.yaml -o long >out.long 2>err.long &
pid=$!
for _ in $(seq 300); do
    sleep 0.1
    grep -q "long: 2 points" err.long && break
done
ok "a run is going on: refused" exits 74 "$AESWEEP" retry long --where "lr=0.1"
ok "... with its name" grep -q "pid $pid" err
kill -TERM $pid
wait $pid
ok "afterwards it works" exits 0 "$AESWEEP" retry long --failed
finish
