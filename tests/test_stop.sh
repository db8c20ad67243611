#!/bin/sh
# Stopping a run: how soon all its processes are gone, and that nothing is lost that was finished more than
# a second before.
# Runs alone: bounds hold on an idle machine; on a loaded one each case has three attempts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_ranks.sh"
cd "$scratch" || exit 1

# Far more points than can be finished here, of a few milliseconds each.
cat >endless.yaml <<'YAML'
name: endless
set: {engine: sgd, D: 40, spikes: [4, 2], K: 2, time: 60, observe: [1]}
grid: {lr: {from: 0.1, to: 1, points: 10}}
replicates: 5000
YAML

stored() # of folder $1: how many points, and when the newest was finished, in ms
{
    "$BUILD/tools/store_check" "$1" | awk '{printf "%d %.0f\n", $1, 1000 * $2}'
}

# Starts a run on $1 ranks into $2, and lets it save for more than a second.
start_endless()
{
    start_ranks "$1" run endless.yaml -o "$2" -q
    for _ in $(seq 300); do
        sleep 0.1
        kill -0 "$pid" 2>/dev/null || return 1
        [ -f "$2/aesweep.db" ] || continue
        n_stored=$(stored "$2" 2>/dev/null)
        [ "${n_stored%% *}" -gt 0 ] 2>/dev/null && break
    done
    sleep 1.2 # what is older than a second is then older than the signal
}

# One attempt: SIGNAL to a run on RANKS; the exit status is one of CODES, all is gone within MS.
attempt() # SIGNAL RANKS MS CODES DIR
{
    start_endless "$2" "$5" || { cat err.run; return 1; }
    ranks_seen=$(rank_pids "$pid")
    [ "$(echo "$ranks_seen" | wc -w)" -eq "$2" ] || { echo "no $2 ranks: $ranks_seen"; cat err.run; return 1; }
    sent=$(now_ms)
    kill -"$1" "$pid"
    while runs_into "$5" >/dev/null && [ $(($(now_ms) - sent)) -lt 20000 ]; do
        sleep 0.02
    done
    gone=$(($(now_ms) - sent))
    wait "$pid"
    code=$?
    no_rank_left "$5" || { echo "ranks are left"; return 1; }
    case " $4 " in *" $code "*) ;; *) echo "exit status $code, want $4"; cat err.run; return 1 ;; esac
    newest=$(stored "$5") || return 1
    lost=$((sent - ${newest#* }))
    echo "SIG$1 on $2 ranks: exit status $code, gone after $gone ms, what is newest is of $lost ms before"
    [ $gone -le "$3" ] && [ $lost -le 1000 ] && echo "good"
}

stops() # SIGNAL RANKS MS CODES
{
    for i in 1 2 3; do
        attempt "$@" "$1-$2-$i" && break
    done >attempts
    cat attempts | tee -a measured
    grep -q "^good" attempts
}

for n in 1 2 5; do
    # mpirun ends with 1 when it was stopped itself, or with the word of a rank that it killed.
    ok "USR1 stops $n ranks with 75 within 5 s" stops USR1 $n $((5000 * slower)) 75
    ok "TERM ends $n ranks within 3 s" stops TERM $n 3000 "1 75 137 143"
    ok "Ctrl-C ends $n ranks within 3 s" stops INT $n 3000 "1 75 130 137"
done
ok "a killed run is sound" "$BUILD/tools/store_check" TERM-2-1
sed 's/replicates: 5000/replicates: 1/' endless.yaml >short.yaml
ok "... and goes on" exits 0 ranks 2 run short.yaml -o TERM-2-1

# mpirun itself is killed: its ranks notice, and leave the folder to the next run.
start_endless 2 orphans
kill -KILL "$pid"
wait "$pid" 2>/dev/null
ok "no rank outlives a killed mpirun" no_rank_left orphans
ok "... and the folder is free" exits 0 ranks 2 run short.yaml -o orphans
grep "^SIG" measured
finish
