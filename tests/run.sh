#!/bin/sh
# Runs every test program and test script and counts their cases. The last line is `N passed, N failed`.
#   BUILD   folder of the build (default build)
#   TESTS   which ones, as a shell pattern on the name (default *)
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
AESWEEP=$BUILD/aesweep
export BUILD AESWEEP
# Several ranks on few cores, possibly as root in a container: nothing may spin or be pinned.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0
for test in "$BUILD"/tests/test_* tests/test_*.sh; do
    [ -x "$test" ] && [ -f "$test" ] || continue
    name=$(basename "$test")
    # shellcheck disable=SC2254
    case $name in *.d) continue ;; ${TESTS:-*}) ;; *) continue ;; esac
    start=$(date +%s)
    "$test" >"$scratch/log" 2>&1
    code=$?
    ok=$(grep -cE '^(\[       OK \]|ok )' "$scratch/log")
    bad=$(grep -cE '^(\[  FAILED  \] [a-zA-Z_0-9]+$|not ok )' "$scratch/log")
    grep -E '^skip' "$scratch/log" | sed "s/^/    $name: /"
    # A program that died, or that says 0 with failures in its log, has failed whatever it counted.
    [ $code -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    [ $code -eq 0 ] && [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ] && bad=1
    passed=$((passed + ok))
    failed=$((failed + bad))
    printf '%-32s %3d passed %3d failed  %3d s\n' "$name" "$ok" "$bad" $(($(date +%s) - start))
    [ "$bad" -gt 0 ] && sed 's/^/    /' "$scratch/log" | tail -n 60
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
