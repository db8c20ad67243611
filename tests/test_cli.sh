#!/bin/sh
# The program from outside: exit codes, messages, help, files. Prints `ok NAME` or `not ok NAME`.
#   AESWEEP   the program (default build/aesweep)
set -u
cd "$(dirname "$0")/.." || exit 1
AESWEEP=${AESWEEP:-$PWD/build/aesweep}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

# verdict NAME TRUE|FALSE [WHAT]
verdict() {
    if [ "$2" = true ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        echo "    ${3:-}"
        sed 's/^/    out: /' "$scratch/out" | head -n 20
        sed 's/^/    err: /' "$scratch/err" | head -n 20
        failed=$((failed + 1))
    fi
}

# holds NAME COMMAND...: the command succeeds.
holds() {
    name=$1
    shift
    if "$@"; then verdict "$name" true; else verdict "$name" false "not so: $*"; fi
}

# expect NAME CODE TEXT ARGUMENT...: exit code, and TEXT somewhere on stdout or, if CODE is not 0, alone on
# stderr with nothing on stdout.
expect() {
    name=$1 code=$2 text=$3
    shift 3
    "$AESWEEP" "$@" >"$scratch/out" 2>"$scratch/err"
    got=$?
    if [ $got -ne "$code" ]; then
        verdict "$name" false "exit code $got instead of $code"
    elif [ "$code" -eq 0 ]; then
        grep -qF -- "$text" "$scratch/out" && good=true || good=false
        [ -s "$scratch/err" ] && good=false
        verdict "$name" "$good" "'$text' is not on stdout, or stderr is not empty"
    else
        [ "$(wc -l <"$scratch/err")" -eq 1 ] && [ ! -s "$scratch/out" ] &&
            grep -qF -- "$text" "$scratch/err" && good=true || good=false
        verdict "$name" "$good" "'$text' is not the one line on stderr"
    fi
}

cd "$scratch" || exit 1
cat >small.yaml <<'END'
name: small
set: {D: 50, spikes: [4, 2.5], time: 2, init: 0.3}
grid: {activation: [linear, erf], K: [1, 2], lr: [0.5, 1], tie_scale: [1, 2]}
exclude:
  - {activation: linear, K: 2, why: enough is enough}
replicates: 2
END
echo 'set: {lr: -1}' >bad.yaml

# ---- arguments ----
expect no_command 2 "aesweep: a command is missing; try 'aesweep --help'"
expect unknown_command 2 "aesweep: unknown command 'tabel'; did you mean 'table'?" tabel
expect unknown_first_option 2 "aesweep: unknown option '--verbose'; try 'aesweep --help'" --verbose
expect unknown_option 2 "aesweep table: unknown option '--vlaue'; did you mean '--value'?" table x --vlaue y
expect missing_dir 2 "aesweep status: DIR is missing" status
expect too_many 2 "aesweep export: unexpected argument 'b'" export a b
expect missing_value 2 "aesweep table: --rows needs a value" table x --rows
expect no_such_folder 2 "nowhere" status nowhere
expect no_such_file 2 "nowhere.yaml" plan nowhere.yaml
expect bad_sweep 2 "bad.yaml:1:" plan bad.yaml
expect formats_there_are 2 "'xml' is not allowed; allowed: csv, json, netcdf" export x --format xml
expect bad_what 2 "did you mean 'timing'?" export x --what timings
expect bad_condition 2 "aesweep table: --where: " table x --where "lr <"
expect unknown_topic 2 "did you mean 'lr'?" help learning_rate
holds plan_leaves_nothing [ ! -e results ]

# ---- help ----
expect help 0 "Usage: aesweep COMMAND" --help
for name in engine activation K tied lr spikes observe phase_tol timeout; do
    grep -q "^  $name " out || verdict "help_lists_$name" false
done
holds help_fits [ "$(awk 'length > 80' out | wc -l)" -eq 0 ]
expect help_param 0 "a number > 0" help lr
expect help_command 0 "--reduce HOW" help table
expect command_help 0 "--reduce HOW" table --help
expect help_before_errors 0 "--what WHAT" export --nonsense --help
expect version 0 "aesweep " --version
expect version_of_command 0 "aesweep " plan --version

# ---- a small sweep ----
expect plan_exclusions 0 "        4  {activation: linear, K: 2}  enough is enough" plan small.yaml
expect plan_repeats 0 "6 points repeat others: tie_scale does not act there" plan small.yaml
expect plan_todo 0 "to run: 12" plan small.yaml -o dir
"$AESWEEP" run small.yaml -o dir >out 2>err
holds run [ $? -eq 0 ]
expect plan_done 0 "to run: 0" plan small.yaml -o dir
expect list_rows 0 ",true" plan small.yaml -o dir --list
holds list_length [ "$(wc -l <out)" -eq 25 ]
expect status_done 0 "  done     24" status dir --exit-code
expect table_text 0 "small: phase, lr down, tie_scale across, majority of 2 replicates" table dir
expect table_csv 0 "activation,lr,tie_scale,1,2" table dir --cols K --format csv
expect table_axes 2 "its axes are activation, K, lr, tie_scale" table dir --rows bias
expect export_rows 0 "point,replicate,engine" export dir --format csv
holds export_length [ "$(wc -l <out)" -eq 25 ]
expect trajectory_where 0 "point,replicate,t,pmse" \
    trajectory dir --where "K=2, replicate=1, lr=1, tie_scale=1"
n_points=$(tail -n +2 out | cut -d, -f1,2 | sort -u | wc -l)
holds trajectory_one_point [ "$n_points" -eq 1 ]
"$AESWEEP" export dir -o points.csv >out 2>err
holds to_file [ $? -eq 0 ]
holds to_file_silent [ ! -s out ]
"$AESWEEP" export dir >out
holds file_is_stdout cmp -s out points.csv
expect full_disk 74 "No space left" export dir -o /dev/full
"$AESWEEP" export dir >/dev/full 2>err
holds full_stdout [ $? -eq 74 ]
"$AESWEEP" trajectory dir 2>err | head -n 1 >out
holds closed_pipe_silent [ ! -s err ]
holds closed_pipe [ "$(wc -l <out)" -eq 1 ]

# ---- points that fail ----
cat >late.yaml <<'END'
name: late
set: {D: 1000, time: 1e5, engine: sgd, timeout: 1e-6}
grid: {lr: [1, 2]}
END
"$AESWEEP" run late.yaml -o late >out 2>err
holds run_failed [ $? -eq 3 ]
expect status_failed 0 "  2  timeout: took more than 1e-06 s" status late
"$AESWEEP" status late --exit-code >out 2>err
holds status_failed_code [ $? -eq 3 ]
expect table_failed 0 "! failed" table late

# ---- a sweep that grew: not all of it is done ----
sed 's/lr: \[0.5, 1\]/lr: [0.5, 1, 2]/' small.yaml >more.yaml
expect plan_more 0 "to run: 6" plan more.yaml -o dir
expect watch_ends 0 "no run is going on" status dir --watch

[ "$failed" -eq 0 ]
