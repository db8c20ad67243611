#!/bin/sh
# Ends of all kinds, and going on: time limits, USR1, kill -9 in the middle of points, crashes. The table is that
# of an uninterrupted run, byte for byte; points are blamed only for deaths that are theirs.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

# A few seconds of work in few points, so that every end comes in the middle of some.
cat >long.yaml <<'YAML'
name: long
set: {D: 1000, spikes: [4, 2], K: 3, time: 40, init: 0.3}
grid: {engine: [sgd], activation: [erf, relu], tied: [false, true], lr: [1]}
YAML
# Never done.
sed 's/time: 40/time: 1e6/; s/activation: \[erf, relu\], tied: \[false, true\]/activation: [erf]/; s/lr: .*\]/lr: [0.5, 1, 2, 3, 4]/' \
    long.yaml >endless.yaml
ok "uninterrupted" exits 0 ranks 2 run long.yaml -o whole -q
"$AESWEEP" export whole --format csv -o whole.csv
same() { "$AESWEEP" export "$1" --format csv | cmp - whole.csv; }

# start N FILE DIR OPTION...: on N ranks in the background, its output in DIR.log; $pid is mpirun.
start()
{
    n=$1 file=$2 dir=$3
    shift 3
    "$MPIRUN" -n "$n" --oversubscribe "$AESWEEP" run "$file" -o "$dir" --for 100 "$@" >"$dir.out" 2>"$dir.log" &
    pid=$!
}
# members DIR: pids of the ranks that run on DIR, but not of mpirun.
members() { pgrep -f -- "^$AESWEEP run .* -o $1( |\$)"; }
# waits COMMAND...: until it succeeds, half a minute at most.
waits()
{
    for _ in $(seq 300); do
        "$@" >"$scratch/waits.out" 2>&1 && return 0
        sleep 0.1
    done
    return 1
}
# number DIR WORDS: the number that stands behind these words in status, 0 if they are not there.
number() { "$AESWEEP" status "$1" | sed -nE "s/^$2: ([0-9]+).*/\\1/p" | grep . || echo 0; }
suspected() { [ "$(number "$1" suspected)" -eq "$2" ]; }
has_saved() { [ "$(number "$1" "saved on the way")" -ge "$2" ]; }
is_under_way() { [ "$(number "$1" "under way")" -ge 1 ]; }
has_begun() { grep -q 'points' "$1.log"; }
is_gone() { ! members "$1"; }
has_saved_or_ended() { is_gone "$1" || has_saved "$1" 1; } # on a fast machine nothing is left to save

# ---- exit 75 soon, nobody left behind ----
for n in 1 2 5; do
    start $n endless.yaml "usr1-$n" --checkpoint 0.2
    ok "$n ranks save on the way" waits has_saved "usr1-$n" 1
    began=$(date +%s%N)
    kill -USR1 $pid
    wait $pid
    code=$?
    took_ms=$((($(date +%s%N) - began) / 1000000))
    ok "USR1 on $n ranks: 75" [ $code -eq 75 ]
    ok "... within 5 s" [ $took_ms -lt $((5000 * slower)) ]
    ok "... nobody is left" is_gone "usr1-$n"
    ok "... the state of each point under way is saved" has_saved "usr1-$n" "$n"
    ok "... and nobody is suspected" suspected "usr1-$n" 0
done

# ---- interrupted again and again: the same bytes ----
# Each life is twice as long as the one before: the first is too short and one of them long enough on any machine.
lives=0
code=75
for seconds in 0.05 0.1 0.2 0.4 0.8 1.6 3.2 6.4 12.8 25.6 51.2; do
    ranks 2 run long.yaml -o limits -q --for $seconds >out 2>err
    code=$?
    lives=$((lives + 1))
    [ $code -eq 75 ] || break
done
ok "--for, over and over, comes to an end" [ $code -eq 0 ]
ok "... after several lives" [ $lives -gt 1 ]
ok "... to the same bytes" same limits
ok "... and no state is kept" [ "$(number limits "saved on the way")" -eq 0 ]

for round in 1 2 3; do
    start 2 long.yaml killed --checkpoint 0.05 --max-lost 0
    waits has_begun killed
    [ "$round" -gt 1 ] || waits has_saved_or_ended killed
    sleep 0.2
    # shellcheck disable=SC2046
    kill -KILL $(members killed) 2>/dev/null
    wait $pid
done
ok "kill -9 of all, three times, goes on" exits 0 ranks 3 run long.yaml -o killed
ok "... to the same bytes" same killed

# ---- time limits ----
ok "a limit that has come stops at once" exits 75 env SLURM_JOB_END_TIME=1000000 "$AESWEEP" run endless.yaml -o slurm -q
ok "--until in the past is refused" exits 2 "$AESWEEP" run endless.yaml -o never --until 2001-01-01T00:00
ok "... before anything is made" [ ! -e never ]
ok "--for wants a duration" exits 2 "$AESWEEP" run endless.yaml -o never --for soon

# What has not come on is told, with what it wants.
printf 'name: slow\nset: {K: 4, activation: tanh, D: 3000, data: power, tol: 1e-12, time: 1e12}\n' >slow.yaml
ok "a point that cannot be saved is stopped" exits 75 "$AESWEEP" run slow.yaml -o slow --for 0.05
ok "... and begins anew" grep -q '^1 point of engine ode begins anew next time: it cannot be saved$' err
ok "... which is told with its time" grep -Eq '^  stopped after up to .*(it may take|longer than was expected)' err

# ---- crashes and deaths ----
# A signal stands for a fault: the handler cannot tell.
start 3 endless.yaml crash --checkpoint 0.2
waits has_saved crash 3
kill -SEGV "$(members crash | tail -n 1)"
wait $pid
code=$?
ok "a crash ends the run" [ $code -ne 0 ]
ok "... nobody is left" waits is_gone crash
ok "... its point is named on stderr" grep -Eq 'crash, signal 11 rank [0-9]+ host [^ ]+: [0-9a-f]{16} replicate 1' crash.log
named=$(sed -nE 's/^aesweep run: crash.*: ([0-9a-f]{16}) replicate 1$/\1/p' crash.log)
ok "... and in the folder" grep -q "$named" crash/crash.*
"$AESWEEP" run endless.yaml -o crash --for 0.3 >out 2>err
ok "the next run tells" grep -q '1 of them may have killed an earlier run' err
ok "... status tells as well" suspected crash 1
ok "... the report is gone" sh -c '! ls crash/crash.* 2>/dev/null'
ok "--max-lost 1 sets it aside" exits 75 "$AESWEEP" run endless.yaml -o crash --max-lost 1 --for 0.3
ok "... as a failed row" sh -c "\"$AESWEEP\" export crash --format csv | grep 'failed.*lost: the process' | grep -q ^$named"
ok "... and status says so" sh -c "\"$AESWEEP\" status crash | grep -q 'lost: the process computing it died 1 time'"

# One rank dies without a word: its point is suspected, and those of the others are not.
start 3 endless.yaml death --checkpoint 0.2
waits has_saved death 3
kill -KILL "$(members death | tail -n 1)"
wait $pid
ok "after kill -9 of a rank nobody is left" waits is_gone death
"$AESWEEP" run endless.yaml -o death --for 0.3 >out 2>err
ok "... somebody is suspected" [ "$(number death suspected)" -ge 1 ]
ok "... and not blamed" exits 75 "$AESWEEP" run endless.yaml -o death --for 0.3 --max-lost 1
ok "... nothing is set aside" sh -c "! \"$AESWEEP\" status death | grep -q 'failures'"

# A single point that kills its rank three times is set aside; the sweep ends.
sed 's/lr: .*\]/lr: [0.5]/' endless.yaml >poison.yaml
for round in 1 2 3 4; do
    start 2 poison.yaml poison --checkpoint 0.2
    waits has_begun poison # what the last run has claimed is judged now
    waits is_under_way poison
    # shellcheck disable=SC2046
    kill -KILL $(members poison) 2>/dev/null
    wait $pid
done
ok "a point that kills is set aside" exits 3 ranks 2 run poison.yaml -o poison --for 60
ok "... after three deaths alone" sh -c "\"$AESWEEP\" export poison --format csv | grep -q 'lost: the process computing it died 3 times'"
finish
