#!/bin/sh
# The farm on several ranks: scenarios of test_farm under mpirun. Prints `ok NAME` or `not ok NAME`.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
MPIRUN=${MPIRUN:-mpirun}
program=$BUILD/tests/test_farm
case $program in /*) ;; *) program=$PWD/$program ;; esac
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

# verdict NAME CODE WANTED: prints it, with the log if it is bad.
verdict() {
    if [ "$2" -eq "$3" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        echo "    exit status $2 instead of $3"
        sed 's/^/    /' "$scratch/log" | head -n 40
        failed=$((failed + 1))
    fi
}

# scenarios RANKS NAME...: all in one start of MPI. What hangs, as all do when one rank leaves early,
# is ended after five minutes and has failed.
scenarios() {
    n=$1
    shift
    dir=$(mktemp -d "$scratch/XXXXXX")
    timeout 300 "$MPIRUN" -n "$n" "$program" ranks "$dir" "$@" >"$scratch/log" 2>&1
    code=$?
    if [ $code -eq 0 ]; then
        grep '^ok ' "$scratch/log"
        sed -n 's/^rank /    rank /p' "$scratch/log"
    fi
    [ $code -eq 0 ] && [ "$(grep -c '^ok ' "$scratch/log")" -eq $# ] && return
    verdict "$* ($n ranks)" $code 0
}

# Waits until rank $2 has marked $1, half a minute at most.
wait_for() {
    tries=0
    while [ ! -s "$1-$2" ] && [ $tries -lt 600 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

# A signal to mpirun reaches all ranks; rank 0's exit status is what mpirun returns.
signal_all() {
    dir=$(mktemp -d "$scratch/XXXXXX")
    "$MPIRUN" -n "$1" "$program" ranks "$dir" until_signal >"$scratch/log" 2>&1 &
    pid=$!
    wait_for "$dir/until_signal-running" 0
    kill -USR1 $pid
    wait $pid
    verdict "USR1 to mpirun ($1 ranks)" $? 75
}

# The same to the process of one rank only.
signal_one() {
    dir=$(mktemp -d "$scratch/XXXXXX")
    "$MPIRUN" -n "$1" "$program" ranks "$dir" until_signal >"$scratch/log" 2>&1 &
    pid=$!
    for rank in 0 "$2"; do wait_for "$dir/until_signal-running" "$rank"; done
    kill -USR1 "$(cat "$dir/until_signal-running-$2")"
    wait $pid
    verdict "USR1 to rank $2 of $1" $? 75
}

# launcher NAME WANTED VARIABLE=VALUE...: 0 refused, 3 accepted.
launcher() {
    name=$1
    wanted=$2
    shift 2
    env "$@" "$program" launcher >"$scratch/log" 2>&1
    verdict "$name" $? "$wanted"
}

"$program" handlers >"$scratch/log" 2>&1
verdict "handlers are restored" $? 0
launcher "Open MPI's mpirun, other library" 0 OMPI_COMM_WORLD_SIZE=4
launcher "other mpirun, Open MPI's library" 0 PMI_SIZE=3
launcher "srun without a plugin" 0 SLURM_STEP_NUM_TASKS=2
launcher "one process inside a batch job" 3 SLURM_NTASKS=4
launcher "a step of one task" 3 SLURM_STEP_NUM_TASKS=1 SLURM_NTASKS=4
launcher "mpirun inside a step of more tasks" 3 OMPI_COMM_WORLD_SIZE=1 SLURM_STEP_NUM_TASKS=4

peaceful="mixed again everyone recall saves flood tick_stop failing_done failing_saved failing_tick"
# shellcheck disable=SC2086
for n in 1 2 3 5; do scenarios $n $peaceful; done
scenarios 2 serve
scenarios 3 serve idle
# These leave a request to stop behind.
for name in signal_busy signal_idle request_stop; do scenarios 3 $name; done
signal_all 1
signal_all 3
signal_one 3 2
signal_one 3 0
[ $failed -eq 0 ]
