#!/bin/sh
# Points that differ in lr alone are integrated once, simulations share their inputs: the same bytes as one
# by one, on any number of ranks, interrupted, with part of them there already; what plan and shards make of them; the limits.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >some.yaml <<'YAML'
name: some
set: {D: 40, spikes: [4, 2], sigma2: 0.5, time: 30, record: full}
grid:
  engine: [ode, sgd]
  activation: [erf, relu]
  K: [1, 3]
  weight_decay: [0, 0.01]
  lr: [0.1, 0.5, 3, 100]
replicates: 2
YAML
# 8 settings of engine ode: without decay 4 rates are one trajectory, with it none are; two replicates.

export_all()
{
    "$AESWEEP" export "$1" --format csv -o "$2.points" &&
        "$AESWEEP" trajectory "$1" --format csv -o "$2.way"
}
same()
{
    export_all "$1" "$1" && cmp one.points "$1.points" && cmp one.way "$1.way"
}
run()
{
    exits 0 "$AESWEEP" run "$@"
}
says()
{
    grep -qF -- "$1" err || { cat err; return 1; }
}

ok "one by one" run some.yaml --no-fold -o one
ok "nothing is folded" sh -c '! grep -qE "trajector|side by side" err'
export_all one one
ok "every row" [ "$(wc -l <one.points)" -eq 129 ]
ok "plan" sh -c '"$0" plan some.yaml --pilot 0 -o nowhere >plan' "$AESWEEP"
ok "plan says it" grep -q "^to run: 128; 32 of them read off 8 trajectories; 64 simulated side by side$" plan
ok "folded" run some.yaml -o r1
ok "run says it" says "32 of them read off 8 trajectories"
ok "and of simulations" says "64 of them simulated side by side, on the same inputs"
ok "the same bytes" same r1
ok "verify, which computes one by one" exits 0 "$AESWEEP" verify r1 --sample 100%
for n in 2 3; do
    ok "$n ranks" exits 0 ranks "$n" run some.yaml -o "r$n"
    ok "$n ranks: the same bytes" same "r$n"
done

# ---- part of a trajectory is there ----
ok "two rates" run some.yaml --only 'lr>1' -o part
ok "the rest" run some.yaml -o part
ok "in parts: the same bytes" same part
ok "one that others were folded with" exits 0 "$AESWEEP" retry part --where 'lr=3'
ok "again" run some.yaml --no-fold -o part
ok "only that" says "32 new in"
ok "retried: the same bytes" same part

# ---- interrupted, at places that differ with the machine ----
for k in 1 3 5; do
    "$AESWEEP" run some.yaml -q --for "0.0$k" -o stopped 2>err
    case $? in 0 | 75) ;; *) echo "not ok stop $k"; failures=$((failures + 1)) ;; esac
done
ok "to the end" run some.yaml -o stopped
ok "stopped: the same bytes" same stopped

# ---- shards keep a trajectory together ----
: >folded
for i in 1 2; do
    ok "shard $i" run some.yaml --shard "$i/2" -o "s$i"
    sed -n 's/^\([0-9]*\) of them read off \([0-9]*\) traj.*/\1 \2/p' err >>folded
done
ok "trajectories are in one shard" [ "$(awk '{n += $1; m += $2} END {print n, m}' folded)" = "32 8" ]
ok "merge" exits 0 "$AESWEEP" merge -o merged s1 s2
ok "merged: the same bytes" same merged

# ---- times that go with lr ----
cat >zipped.yaml <<'YAML'
name: zipped
set: {D: inf, spikes: [4, 2], K: 2, time: =50/lr}
grid: {lr: [0.1, 0.3, 1, 7]}
YAML
ok "lr t is the same" run zipped.yaml -o z1
ok "one trajectory" says "4 of them read off 1 trajectory"
ok "with a decay that goes along" run zipped.yaml --set 'weight_decay==lr/64' -o z3
ok "it folds too" says "4 of them read off 1 trajectory"
ok "many rates" run zipped.yaml --set 'lr={from: 0.1, to: 10, points: 300}' --set time=5 --set record=final -o z7
ok "in more than one go" says "300 of them read off 3 trajectories"
ok "all are there" says "300 new in"

# ---- some fail, and for a reason of their own ----
cat >late.yaml <<'YAML'
name: late
set: {D: 300, spikes: [4, 2], K: 3, activation: tanh, tol: 1e-12, timeout: 1e-9, time: 1e4}
grid: {lr: [0.1, 1]}
YAML
ok "all too late" exits 3 "$AESWEEP" run late.yaml -o late
ok "each says so" [ "$("$AESWEEP" export late --format csv | grep -c 'timeout: took more than 1e-09 s together with 1 other on its trajectory (--no-fold: alone), reached t = ')" -eq 2 ]
finish
