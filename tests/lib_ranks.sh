# For test scripts that stop runs: the processes of a run under mpirun. Sourced after lib.sh.

now_ms()
{
    echo $(($(date +%s%N) / 1000000))
}

# start_ranks N ARGUMENTS...: the program on N ranks in the background, as from a terminal; sets $pid.
start_ranks()
{
    n=$1
    shift
    # Shells let background jobs ignore SIGINT.
    env --default-signal=INT "$MPIRUN" -n "$n" --oversubscribe "$AESWEEP" "$@" >out 2>err.run </dev/null &
    pid=$!
}

# The ranks of the mpirun with that pid.
rank_pids()
{
    pgrep -P "$1"
}

# The processes, whoever started them, that run into folder $1; mpirun is none.
runs_into()
{
    pgrep -f "^$AESWEEP run .*-o $1( |\$)"
}

# wait_ranks FOLDER: waits for the end of mpirun, the process $pid, and sets $code. Open MPI 4.1 may hang
# for ever when a rank dies while it connects: if no rank is left for 20 s, mpirun is killed.
wait_ranks()
{
    {
        idle=0
        while kill -0 "$pid" 2>/dev/null && [ $idle -lt 20 ]; do
            sleep 1
            idle=$((idle + 1))
            runs_into "$1" >/dev/null && idle=0
        done
        [ $idle -lt 20 ] || kill -KILL "$pid"
    } 2>/dev/null &
    watch=$!
    wait "$pid"
    code=$?
    kill "$watch" 2>/dev/null
    wait "$watch" 2>/dev/null
}

# Is no rank of a run into folder $1 left? Waits for up to 5 s.
no_rank_left()
{
    for _ in $(seq 50); do
        runs_into "$1" >/dev/null || return 0
        sleep 0.1
    done
    return 1
}
