#!/bin/sh
# A folder that may not be written to, from the start or in the middle of a run, a deleted one, a full disk: one
# message that names it, all ranks stop, nobody is suspected, and the same command goes on when the cause is gone.
# Permissions do not hold for root, so all of it runs as an ordinary user.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_ranks.sh"
user=
if [ "$(id -u)" -eq 0 ]; then
    user="setpriv --reuid=65534 --regid=65534 --clear-groups"
    if ! $user true 2>/dev/null; then
        echo "skip: permissions are not tested: root without setpriv"
        exit 0
    fi
fi
cp "$AESWEEP" "$scratch/aesweep"
AESWEEP=$scratch/aesweep
chmod 755 "$scratch" "$AESWEEP"
mkdir "$scratch/work" "$scratch/tmp"
[ -z "$user" ] || chown 65534:65534 "$scratch/work" "$scratch/tmp"
cd "$scratch/work" || exit 1
# The suppressions of leaks may lie where an ordinary user cannot read them.
user="$user env HOME=$scratch/tmp TMPDIR=$scratch/tmp LSAN_OPTIONS= ASAN_OPTIONS=detect_leaks=0"

# Far more points than can be finished here, of a few milliseconds each.
cat >"$scratch/endless.yaml" <<'YAML'
name: endless
set: {engine: sgd, D: 40, spikes: [4, 2], K: 2, time: 60, observe: [1]}
grid: {lr: {from: 0.1, to: 1, points: 10}}
replicates: 5000
YAML
stored() { "$BUILD/tools/store_check" "$1" | cut -d ' ' -f 1; }

# ---- from the start ----
refused() # FOLDER WORDS: a run into FOLDER ends at once, with one line that has these words
{
    exits 74 $user "$AESWEEP" run "$scratch/endless.yaml" -o "$1" &&
        grep -q "^aesweep run: .*$2" "$scratch/err" && [ "$(wc -l <"$scratch/err")" -eq 1 ]
}
$user mkdir closed
$user chmod 555 closed
ok "a folder that is read-only" refused closed "closed: cannot write to this folder: Permission denied"
ok "a folder in one that is read-only" refused closed/in "closed/in: cannot make this folder: Permission denied"
$user chmod 000 closed
ok "a folder in one without access" refused closed/in "closed/in: cannot make this folder: Permission denied"
ok "status of it" exits 74 $user "$AESWEEP" status closed
ok "... names it" grep -q '^aesweep status: closed/aesweep.*: Permission denied$' "$scratch/err"

# ---- in the middle of a run ----
# breaks FOLDER RANKS WORDS COMMAND...: COMMAND breaks a run into FOLDER, which says WORDS.
breaks()
{
    folder=$1 n=$2 words=$3
    shift 3
    if [ "$n" -eq 1 ]; then
        $user "$AESWEEP" run "$scratch/endless.yaml" -o "$folder" -q >"$scratch/out" 2>"$scratch/err" &
    else
        $user "$MPIRUN" -n "$n" --oversubscribe "$AESWEEP" run "$scratch/endless.yaml" -o "$folder" -q \
            >"$scratch/out" 2>"$scratch/err" &
    fi
    pid=$!
    for _ in $(seq 300); do
        sleep 0.1
        [ -f "$folder/aesweep.db" ] || continue
        n_before=$(stored "$folder" 2>/dev/null)
        [ "${n_before:-0}" -gt 0 ] && break
    done
    $user "$@"
    wait_ranks "$folder"
    [ "$code" -eq 74 ] || { echo "exit status $code"; cat "$scratch/err"; return 1; }
    no_rank_left "$folder" || { echo "ranks are left"; return 1; }
    grep "^aesweep run:\|^stopped" "$scratch/err" >said
    [ "$(wc -l <said)" -eq 2 ] && grep -q "^aesweep run: $words" said && grep -q "^stopped; when the cause" said ||
        { cat said; return 1; }
}
# goes_on FOLDER: what was stored is there, no point is suspected, and the command goes on.
goes_on()
{
    $user "$AESWEEP" status "$1" >status && ! grep suspected status || { cat status; return 1; }
    exits 75 $user "$AESWEEP" run "$scratch/endless.yaml" -o "$1" --for 0.1 &&
        grep -q "taking over from a run that could not write" "$scratch/err" && [ "$(stored "$1")" -ge "$n_before" ] &&
        ! grep "may have killed" "$scratch/err"
}

ok "permission for the folder is taken away" breaks lost 2 \
    "lost/aesweep.db: .*Permission denied (permission was lost while" chmod 000 lost
$user chmod 755 lost
ok "... and given back" goes_on lost
ok "permission for the database is taken away" breaks shut 1 \
    "shut/aesweep.db: no permission to write to it" chmod 444 shut/aesweep.db
$user chmod 644 shut/aesweep.db
ok "... and given back" goes_on shut
ok "the folder is moved away" breaks moved 1 "moved/aesweep.db: .*deleted or moved while" mv moved elsewhere
$user mv elsewhere moved
ok "... and back" goes_on moved
ok "the folder is deleted" breaks gone 1 "gone/aesweep.db: .*deleted or moved while" rm -r gone
ok "... and a new one is made" exits 75 $user "$AESWEEP" run "$scratch/endless.yaml" -o gone --for 0.1

# The files of a folder that is made read-only are open: the run goes on, and leaves a lock that is nobody's.
sed 's/time: 60/time: 3000/; s/replicates: 5000/replicates: 1/' "$scratch/endless.yaml" >"$scratch/short.yaml"
$user "$AESWEEP" run "$scratch/short.yaml" -o fixed -q >"$scratch/out" 2>"$scratch/err" &
pid=$!
for _ in $(seq 300); do
    sleep 0.02
    [ -s fixed/status ] && break
done
$user chmod 555 fixed
wait $pid
code=$?
ok "a folder is made read-only" [ $code -eq 0 ]
ok "... its run ends well" exits 0 $user "$AESWEEP" status fixed --exit-code
$user chmod 755 fixed
ok "... and the next one is let in" exits 0 $user "$AESWEEP" run "$scratch/short.yaml" -o fixed

# ---- a full disk: a limit on the size of files stands for it, which MPI's own files must not meet ----
export PMIX_MCA_gds=hash
full()
{
    exits 74 $user sh -c "ulimit -f 300; trap '' XFSZ; exec \"$AESWEEP\" run \"$scratch/endless.yaml\" -o full -q"
}
ok "a full disk" full
ok "... is named" grep -q '^aesweep run: full/aesweep.db: cannot save results: ' "$scratch/err"
n_before=$(stored full)
ok "... what was saved is sound" [ "${n_before:-0}" -gt 0 ]
ok "... again, nothing is lost" full
ok "... and when there is space" goes_on full
finish
