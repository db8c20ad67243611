# For test scripts: cases, a scratch folder, runs of the program. Sourced, never run.
#   $AESWEEP  the program (set by run.sh)
set -u
MPIRUN=${MPIRUN:-mpirun}
scratch=$(mktemp -d) || exit 1
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$scratch"' EXIT
failures=0
# The sanitizers look for leaks when a process ends, for seconds: bounds on that only find what hangs.
slower=1
! grep -q __asan_init "$AESWEEP" || slower=12

# ok NAME CONDITION...: one case; the condition is a command.
ok()
{
    name=$1
    shift
    if "$@" >"$scratch/ok.log" 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name"
        sed 's/^/    /' "$scratch/ok.log"
        failures=$((failures + 1))
    fi
}

# exits CODE COMMAND...: does the command return that code? Its output is kept in $scratch/out and err.
exits()
{
    want=$1
    shift
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    got=$?
    [ $got -eq "$want" ] && return 0
    echo "exit status $got, want $want: $*"
    cat "$scratch/err"
    return 1
}

# ranks N ARGUMENTS...: the program on N ranks.
ranks()
{
    n=$1
    shift
    "$MPIRUN" -n "$n" --oversubscribe "$AESWEEP" "$@"
}

finish()
{
    [ $failures -eq 0 ]
    exit $?
}
