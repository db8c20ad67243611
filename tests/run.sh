#!/bin/bash
# Runs every test program and test script and counts their cases. The last line is `N passed, N failed`.
#   BUILD   folder of the build (default build)
#   TESTS   which ones, as a shell pattern on the name (default *)
#   JOBS    how many at a time (default: as many as there are cores); output is in order all the same
#   LIMIT   seconds after which a test has failed and is killed (default 600)
# A script with a line that begins with `# Runs alone` measures time: nothing else runs beside it.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
AESWEEP=$BUILD/aesweep
JOBS=${JOBS:-$(nproc 2>/dev/null || echo 2)}
LIMIT=${LIMIT:-600}
export BUILD AESWEEP
# Several ranks on few cores, possibly as root in a container: nothing may spin or be pinned.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
# What a test started dies with it: `timeout` has a process group of its own and passes the signal on.
trap 'trap - INT TERM; kill $(jobs -p | xargs -n 1 pgrep -P) 2>/dev/null; wait; exit 130' INT TERM
together=()
alone=()
for test in "$BUILD"/tests/test_* tests/test_*.sh; do
    [ -x "$test" ] && [ -f "$test" ] || continue
    # shellcheck disable=SC2254
    case $(basename "$test") in *.d) continue ;; ${TESTS:-*}) ;; *) continue ;; esac
    case $test in
    *.sh) grep -q '^# Runs alone' "$test" && alone+=("$test") && continue ;;
    esac
    together+=("$test")
done

# The sanitizer knows the leaks of Open MPI by their whole stacks, which make every allocation ten times
# slower: is this a program that can do without?
never_starts_mpi() # TEST
{
    [ -f "tests/$(basename "$1").c" ] && ! grep -q 'ae_farm_new(&' "tests/$(basename "$1").c"
}

# Scripts that start many ranks have their time for other things than leaks; the others look for them.
skips_leaks() # NAME
{
    case $1 in
    test_bits.sh | test_check_tol.sh | test_ends.sh | test_farm_mpi.sh | test_fold.sh) ;;
    test_refine.sh | test_stop.sh | test_torture.sh) ;;
    *) return 1 ;;
    esac
}

# Runs one test; leaves its log, and last its numbers: exit status, seconds.
run_one() # TEST NAME
{
    local start=$EPOCHREALTIME code
    # It makes thousands of small databases, and would wait for the disk most of the time.
    [ "$2" = test_faults ] && [ -w /dev/shm ] && local -x TMPDIR=/dev/shm
    skips_leaks "$2" && local -x ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}fast_unwind_on_malloc=1:detect_leaks=0
    never_starts_mpi "$1" && local -x ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}fast_unwind_on_malloc=1
    timeout -k 5 "$LIMIT" "$1" >"$scratch/$2.log" 2>&1 </dev/null
    code=$?
    [ $code -eq 124 ] && echo "not ok $2 ends within $LIMIT s" >>"$scratch/$2.log"
    echo "$code $(((${EPOCHREALTIME/./} - ${start/./}) / 100000))" >"$scratch/$2.part"
    mv "$scratch/$2.part" "$scratch/$2.end"
}

passed=0
failed=0
# Counts the cases of a test that has ended, and shows what failed.
report() # NAME
{
    local log=$scratch/$1.log code tenths ok bad
    read -r code tenths <"$scratch/$1.end"
    ok=$(grep -cE '^(\[       OK \]|ok )' "$log")
    bad=$(grep -cE '^(\[  FAILED  \] [a-zA-Z_0-9]+$|not ok )' "$log")
    grep -E '^skip' "$log" | sed "s/^/    $1: /"
    # A program that died, or that says 0 with failures in its log, has failed whatever it counted.
    [ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    [ "$code" -eq 0 ] && [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ] && bad=1
    passed=$((passed + ok))
    failed=$((failed + bad))
    printf '%-28s %3d passed %3d failed  %3d.%d s\n' "$1" "$ok" "$bad" $((tenths / 10)) $((tenths % 10))
    [ "$bad" -gt 0 ] && sed 's/^/    /' "$log" | tail -n 60
}

names=()
next=0
# Reports, in the order in which they were started, the tests that have ended.
report_ended()
{
    while [ $next -lt ${#names[@]} ] && [ -f "$scratch/${names[next]}.end" ]; do
        report "${names[next]}"
        next=$((next + 1))
    done
}

run_all() # JOBS TEST...
{
    local jobs=$1 running=0 test
    shift
    for test; do
        [ $running -lt "$jobs" ] || { wait -n; running=$((running - 1)); }
        report_ended
        names+=("$(basename "$test")")
        run_one "$test" "${names[-1]}" 2>/dev/null &
        running=$((running + 1))
    done
    wait
    report_ended
}

run_all "$JOBS" "${together[@]}"
run_all 1 "${alone[@]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
