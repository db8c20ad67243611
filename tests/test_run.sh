#!/bin/sh
# The way from a sweep file to tables, as a user goes it: the same bytes on any number of ranks, resuming,
# interruptions, refused second runs, exit statuses.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >small.yaml <<'YAML'
name: small
set: {D: 30, spikes: [4, 2], time: 8, record: full}
grid:
  engine: [ode, sgd]
  activation: [linear, erf, relu]
  tied: [false, true]
  bias: [none, both]
  K: [1, 3]
  lr: [0.5, 5, 100]
replicates: 2
YAML

# Exports everything of folder $1 to $2.
export_all()
{
    "$AESWEEP" export "$1" --format csv -o "$2.points" &&
        "$AESWEEP" trajectory "$1" --format csv -o "$2.way" &&
        "$AESWEEP" table "$1" >"$2.table"
}
same_bytes()
{
    cmp "$1.points" "$2.points" && cmp "$1.way" "$2.way" && cmp "$1.table" "$2.table"
}

ok "one process without mpirun" exits 0 "$AESWEEP" run small.yaml -o r1
ok "exports" export_all r1 e1
ok "every row is there" [ "$(wc -l <e1.points)" -eq 289 ]
ok "sgd diverges at the largest rate" grep -q diverged e1.points
for n in 2 3 5; do
    ok "$n ranks run" exits 0 ranks "$n" run small.yaml -o "r$n"
    ok "$n ranks export" export_all "r$n" "e$n"
    ok "$n ranks: the same bytes" same_bytes e1 "e$n"
done

# ---- identity: only what is missing runs ----
new_points() # COUNT FILE: running FILE into r1 computes COUNT new points
{
    exits 0 "$AESWEEP" run "$2" -o r1 && grep -q " $1 new in" err || { cat err; return 1; }
}
ok "the same file again computes nothing" new_points 0 small.yaml
sed 's/grid:/# reordered\ngrid:/; s/K: \[1, 3\]/K: [3,   1]/; s/0.5, 5/5.0, 5e-1/; s/D: 30/D: 3e1/' small.yaml >same.yaml
ok "the file is indeed another" [ "$(cmp -s small.yaml same.yaml; echo $?)" -eq 1 ]
ok "reordered and reformatted: nothing" new_points 0 same.yaml
sed 's/K: \[1, 3\]/K: [1, 2, 3]/' small.yaml >more.yaml
ok "extended: only the new ones" new_points 144 more.yaml
sed 's/replicates: 2/replicates: 3/' small.yaml >third.yaml
ok "one replicate more: only that" new_points 144 third.yaml
sed 's/name: small/name: other/; s/record: full/phase_tol: 0.02, timeout: 100/' small.yaml >less.yaml
ok "name, phase_tol, timeout, less record: nothing" new_points 0 less.yaml
sed 's/, record: full//' small.yaml >curve.yaml
ok "less record, computed" exits 0 "$AESWEEP" run curve.yaml -o r9
ok "more record than was kept computes again" exits 0 "$AESWEEP" run small.yaml -o r9
ok "... all of them" grep -q ' 288 new in' err
ok "... to the same bytes" sh -c "\"$AESWEEP\" export r9 --format csv | cmp - e1.points"

# ---- interruptions ----
cat >long.yaml <<'YAML'
name: long
set: {engine: sgd, D: 100, spikes: [4, 2], K: 3, time: 300}
grid: {lr: {from: 0.1, to: 4, points: 40, scale: log}, tied: [false, true]}
YAML
# The same and one point more, which never ends: no machine is so fast that nothing is left to stop.
{ cat long.yaml; printf -- '---\nset: {time: 1e9}\ngrid: {lr: [1]}\n'; } >endless.yaml
ok "uninterrupted" exits 0 ranks 2 run long.yaml -o whole
"$AESWEEP" export whole --format csv -o whole.csv

# Ranks of the run into folder $1 (not mpirun itself).
ranks_of()
{
    for process in /proc/[0-9]*; do
        tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -q "^$AESWEEP run endless.yaml -o $1 " &&
            basename "$process"
    done
}
# Starts the rest of the line in the background, waits until its results folder $1 is there.
start()
{
    folder=$1
    shift
    "$@" run endless.yaml -o "$folder" >out.long 2>err.long &
    pid=$!
    for _ in $(seq 300); do
        [ -s "$folder/aesweep.db" ] && return 0
        sleep 0.1
    done
    cat err.long
    return 1
}
start_ranks()
{
    start "$2" "$MPIRUN" -n "$1" --oversubscribe "$AESWEEP"
}

ok "a long run starts" start_ranks 2 stopped
ok "a second run is refused" exits 74 "$AESWEEP" run endless.yaml -o stopped
ok "... and names the first" grep -qE "pid [0-9]+" err
ok "reading works meanwhile" exits 0 "$AESWEEP" table stopped --value excess
ok "status says that it runs" sh -c "\"$AESWEEP\" status stopped | grep -q 'pid'"
kill -USR1 $pid
wait $pid
code=$?
ok "USR1 stops it with 75" [ $code -eq 75 ]
ok "no rank is left" [ -z "$(ranks_of stopped)" ]
ok "something is left to do" exits 75 "$AESWEEP" status stopped --exit-code
ok "a run without that point goes on" exits 0 ranks 3 run long.yaml -o stopped
ok "... to the same bytes" sh -c "\"$AESWEEP\" export stopped --format csv | cmp - whole.csv"
ok "... and status agrees" exits 0 "$AESWEEP" status stopped --exit-code

ok "another long run starts" start_ranks 2 killed
for _ in $(seq 300); do # until points are stored
    [ "$("$AESWEEP" export killed --format csv 2>/dev/null | wc -l)" -gt 1 ] && break
    sleep 0.1
done
kill -KILL $(ranks_of killed)
wait $pid
ok "after kill -9 it goes on" exits 0 ranks 2 run long.yaml -o killed
ok "... what was stored is not computed again" sh -c "! grep -q ' 80 new in' err"
ok "... to the same bytes" sh -c "\"$AESWEEP\" export killed --format csv | cmp - whole.csv"

ok "a run without mpirun starts" start alone "$AESWEEP"
kill -TERM $pid
wait $pid
code=$?
ok "TERM without mpirun: 75" [ $code -eq 75 ]

# ---- failing points ----
cat >fails.yaml <<'YAML'
name: fails
set: {engine: sgd, D: 1000, K: 4, time: 1e6}
grid: {timeout: [0.05], lr: [1, 2]}
YAML
ok "failing points end a run with 3" exits 3 ranks 2 run fails.yaml -o fails
ok "... and are rows with a reason" sh -c "\"$AESWEEP\" export fails --format csv | grep -c 'failed.*timeout' | grep -qx 2"
ok "... not computed again" exits 3 "$AESWEEP" run fails.yaml -o fails
ok "... status says 3" exits 3 "$AESWEEP" status fails --exit-code
ok "... and why" sh -c "\"$AESWEEP\" status fails | grep -q timeout"

# ---- the folder ----
ok "the default folder is results/NAME" sh -c "\"$AESWEEP\" run fails.yaml 2>err; [ -f results/fails/aesweep.db ]"
touch file
ok "a file in the way is refused" exits 74 "$AESWEEP" run small.yaml -o file
# A limit on file size stands for a full disk; MPI's own files must not meet it.
export PMIX_MCA_gds=hash
ok "a full disk ends with 74" exits 74 sh -c "ulimit -f 400; trap '' XFSZ; exec \"$AESWEEP\" run small.yaml -o full"
ok "... and goes on once there is room" exits 0 "$AESWEEP" run small.yaml -o full
ok "... to the same bytes" sh -c "\"$AESWEEP\" export full --format csv | cmp - e1.points"
finish
