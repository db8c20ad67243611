#!/bin/sh
# aesweep status beside a run: what the run says of itself is read, the database is left alone.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >long.yaml <<'YAML'
name: long
set: {engine: sgd, D: 100, spikes: [4, 2], K: 3, time: 3000}
grid: {lr: {from: 0.1, to: 4, points: 400, scale: log}, timeout: [none], tied: [false, true]}
YAML
sed 's/3000/3/' long.yaml >short.yaml

# A run of long.yaml into $1, until its file says that something is done.
start()
{
    "$AESWEEP" run long.yaml -o "$1" >out.run 2>err.run &
    pid=$!
    for _ in $(seq 600); do
        sleep 0.1
        grep -q "^new [1-9]" "$1/status" 2>/dev/null && return 0
    done
    return 1
}
start_again() # the same, until the file is that of this process
{
    "$AESWEEP" run long.yaml -o "$1" >out.run 2>err.run &
    pid=$!
    for _ in $(seq 600); do
        sleep 0.1
        grep -q "^run .*pid $pid," "$1/status" 2>/dev/null && return 0
    done
    return 1
}
# Wherever status would copy a database to, there is no room.
status()
{
    TMPDIR=/nonexistent "$AESWEEP" status "$@"
}

ok "a run" start dir
ok "status makes no copy" exits 75 status dir --exit-code
ok "... names the run" grep -q "^running: .*pid $pid" out
ok "... counts" grep -qE "^  missing  [1-9]" out
ok "... says how fast, and until when" grep -qE "^rate: .* left, until about " out
ok "table does make one" exits 74 sh -c "TMPDIR=/nonexistent '$AESWEEP' table dir"
TMPDIR=/nonexistent "$AESWEEP" status dir --watch --exit-code >out.watch 2>err.watch &
watch=$!
for _ in $(seq 600); do
    sleep 0.1
    grep -q "^running: " out.watch && break
done
kill -TERM $pid
wait $pid
wait $watch
code=$?
ok "a watch ends with the run" grep -q "no run is going on" out.watch
ok "... and says what is missing" [ $code -eq 75 ]
ok "... having shown the run" grep -q "^running: " out.watch
ok "a run that has ended takes its file along" [ ! -e dir/status ]
ok "then the database is read" exits 75 status dir --exit-code
ok "... row by row" grep -q "^rows: 800 " out

ok "a run goes on" start_again dir
kill -KILL $pid
wait $pid
ok "one that was killed leaves its file" [ -f dir/status ]
# Killed in the middle of a commit it leaves a journal, for which the database is copied.
ok "... which nobody believes" exits 75 "$AESWEEP" status dir --exit-code
ok "..." grep -q "no run is going on" out
ok "a run over it" exits 0 "$AESWEEP" run short.yaml -o dir
ok "... removes it" [ ! -e dir/status ]

mkdir -p blocked/status
ok "what stands in its way does not stop a run" exits 0 "$AESWEEP" run short.yaml -o blocked
ok "... and is told once" [ "$(grep -c 'will not see this run' err)" -eq 1 ]
finish
