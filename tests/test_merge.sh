#!/bin/sh
# aesweep merge: parts of a sweep make the whole again, to the byte; what cannot be merged leaves nothing.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >small.yaml <<'YAML'
name: small
set: {D: 30, spikes: [4, 2], time: 4}
grid: {engine: [ode, sgd], activation: [linear, erf], K: [1, 2, 3], lr: [0.5, 5, 100]}
replicates: 2
YAML
same_exports()
{
    "$AESWEEP" export "$1" --format csv >merged.csv && cmp merged.csv whole.csv &&
        "$AESWEEP" trajectory "$1" --format csv | cmp - way.csv
}
nothing_left() # only the folders that a test made are there
{
    [ "$(ls -d merged* 2>/dev/null | grep -vx merged.csv | wc -l)" -eq 0 ]
}
part() # NAME EXPR: the whole without the points for which EXPR holds
{
    cp -r whole "$1" && "$AESWEEP" retry "$1" --where "$2" >out 2>err
}

ok "the whole" exits 0 "$AESWEEP" run small.yaml -o whole
"$AESWEEP" export whole --format csv >whole.csv
"$AESWEEP" trajectory whole --format csv >way.csv
part one "K in [2, 3]"
part two "K in [1, 3], engine=sgd"
part three "K<3"
ok "three parts" exits 0 "$AESWEEP" merge -o merged one two three
ok "... with each result once" grep -qx "72 results in merged; [0-9]* were found again in a later part" out
ok "... are the whole" same_exports merged
ok "... complete" exits 0 "$AESWEEP" status merged --exit-code
ok "... and nothing beside it" [ "$(ls -d merged* | grep -vc csv)" -eq 1 ]
ok "... not over what is there" exits 2 "$AESWEEP" merge -o merged one two
ok "... with a word about it" grep -q "is there already" err
ok "a run goes on in it" exits 0 "$AESWEEP" run small.yaml -o merged
ok "... with nothing to do" grep -q " 0 new in" err
ok "one part with itself" exits 0 "$AESWEEP" merge -o twice/deep/ whole whole
ok "... is itself" same_exports twice/deep
rm -rf merged
ok "parts that leave something out" exits 0 "$AESWEEP" merge -o merged one two
ok "... are not complete" exits 75 "$AESWEEP" status merged --exit-code
ok "... until a run has filled them" exits 0 "$AESWEEP" run small.yaml -o merged
ok "... to the whole" same_exports merged
rm -rf merged

# ---- a shard that was stopped in the middle of a simulation ----
stop_shard() # a run of the first shard, long enough that it cannot end in a fifth of a second
{
    for time in 500 5000 50000 500000; do
        printf 'name: sim\nset: {engine: sgd, D: 60, K: 2, time: %s, data: power, start: w.yaml}\ngrid: {lr: [0.1, 0.2, 0.3]}\n' $time >sim.yaml
        rm -rf sim.1
        exits 75 "$AESWEEP" run sim.yaml --shard 1/2 -o sim.1 --for 0.2 && return 0
    done
    return 1
}
echo 'encoder: [[1, 0], [0, 1]]' >w.yaml
ok "a shard is stopped" stop_shard
has_state() { "$AESWEEP" status "$1" | grep -qx 'saved on the way: 1'; }
ok "... with a state" has_state sim.1
ok "merged" exits 0 "$AESWEEP" merge -o sim sim.1
ok "... with the state" grep -q '; 1 unfinished simulation can go on' out
echo 'encoder: [[1, 0], [0, 0.5]]' >w.yaml
ok "a file that has changed since the shards" exits 0 "$AESWEEP" plan sim.yaml -o sim
ok "... is told" grep -q 'changed since: w.yaml' out
echo 'encoder: [[1, 0], [0, 1]]' >w.yaml
ok "the merged run goes on" exits 0 "$AESWEEP" run sim.yaml -o sim
ok "the same in one run" exits 0 "$AESWEEP" run sim.yaml -o sim.whole
same_ways() # to the last bit
{
    "$AESWEEP" trajectory sim >one.csv && "$AESWEEP" trajectory sim.whole >two.csv && cmp one.csv two.csv
}
ok "... is the same" same_ways

# ---- what cannot be merged ----
sed 's/K: \[1, 2, 3\]/K: [1, 2, 3, 4]/' small.yaml >more.yaml
cp -r one grown
ok "a part whose sweep grew" exits 0 "$AESWEEP" run more.yaml -o grown
ok "sweeps differ: refused" exits 2 "$AESWEEP" merge -o merged one grown
ok "... with the line" grep -q "'  K: .*1, 2, 3.*' in one, '  K: .*4.*' in grown" err
ok "... and nothing left" nothing_left
ok "the sweep of one of them" exits 0 "$AESWEEP" merge -o merged one grown --sweep grown
ok "... completes it" exits 0 "$AESWEEP" status merged --exit-code
rm -rf merged
mkdir damaged
head -c 30000 one/aesweep.db >damaged/aesweep.db
ok "a damaged part" exits 74 "$AESWEEP" merge -o merged one damaged
ok "... is named" grep -q "damaged/aesweep.db: damaged" err
ok "... and nothing left" nothing_left
mkdir empty
ok "an empty folder" exits 2 "$AESWEEP" merge -o merged one empty
ok "... and nothing left" nothing_left
ok "no name for the result" exits 2 "$AESWEEP" merge one two
ok "no parts" exits 2 "$AESWEEP" merge -o merged
touch file
ok "a file in the way" exits 74 "$AESWEEP" merge -o file/merged one two
ok "a full disk" exits 74 sh -c "ulimit -f 60; trap '' XFSZ; exec \"$AESWEEP\" merge -o merged one two three"
ok "... leaves nothing" nothing_left

# ---- beside a run ----
cat >long.yaml <<'YAML'
name: small
set: {engine: sgd, D: 100, spikes: [4, 2], K: 3, time: 3000}
grid: {lr: {from: 0.1, to: 4, points: 40, scale: log}, tied: [false, true]}
replicates: 50
YAML
"$AESWEEP" run long.yaml -o long >out.long 2>err.long &
pid=$!
for _ in $(seq 300); do
    sleep 0.1
    [ "$("$AESWEEP" export long --format csv 2>/dev/null | wc -l)" -gt 3 ] && break
done
ok "a part that is still growing" exits 0 "$AESWEEP" merge -o merged long
ok "... is told" grep -q "long: a run is going on.*pid $pid" err
kill -TERM $pid
wait $pid
ok "its results so far are there" [ "$("$AESWEEP" export merged --format csv | wc -l)" -gt 3 ]
finish
