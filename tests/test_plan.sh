#!/bin/sh
# What plan says of costs: warnings, pilots, job header, JSON.
here=$(dirname "$0")
. "$here/lib.sh"
sweeps=$(cd "$here/../sweeps" && pwd)
cd "$scratch" || exit 1

cat >small.yaml <<'END'
name: small
set: {D: 50, spikes: [4, 2.5], time: 20}
grid: {engine: [ode, sgd], K: [1, 2], lr: [0.5, 1], tie_scale: [1, 2]}
exclude:
  - {engine: sgd, K: 2, lr: [0.5, 1], tie_scale: 2, why: an item with so long a reason that it does not fit on one line of a terminal}
replicates: 2
END
cat >warned.yaml <<'END'
set: {D: 40, spikes: [4, 0.5], time: 3, activation: linear, engine: sgd}
grid: {K: [2, 10], lr: [0.1, 100]}
END

plan()
{
    "$AESWEEP" plan "$@" >out 2>err
}
fits()
{
    [ "$(awk 'length > 80' out | wc -l)" -eq 0 ]
}

ok constants plan small.yaml --pilot 0 --ranks 4
ok says_constants grep -q "by built-in constants" out
ok long_lines_wrap fits
ok job_ranks grep -q "^  #SBATCH --ntasks=4$" out
sed -n 's/^  //p' out | sed -n '/^#!/,$p' >job
ok job_runs_the_file grep -q "run small.yaml$" job
ok job_is_a_script sh -n job
ok job_time grep -qE "^#SBATCH --time=[0-9]{2}:[0-9]{2}:00$" job
cp out first
ok constants_again plan small.yaml --pilot 0 --ranks 4
ok constants_do_not_change cmp first out
ok pilots plan small.yaml --pilot 3
ok says_pilots grep -q "by 3 pilot points" out
ok leaves_nothing [ ! -e results ]
ok quickstart plan "$sweeps/quickstart.yaml" --pilot 0
ok quickstart_fits fits
ok quickstart_diverges grep -q "^warning: .* SGD must diverge, from lr = 10 " out

ok warned plan warned.yaml --pilot 0
ok warns_diverges grep -q "2 points: SGD must diverge, from lr = 100" out
ok warns_wide grep -q "2 points: K is not small against D, up to K = 10 at D = 40" out
ok warns_short grep -q "2 points: time is too short" out
ok warned_fits fits

printf 'zip:\n  - {init: [0.1, 1], time: [10, 20]}\n' >zip.yaml
ok json_zip plan zip.yaml --pilot 0 --format json
ok json_joined grep -q '"name": "time", "points": 2, "values": \[10, 20\], "joined": true' out
ok json plan warned.yaml --pilot 0 --ranks 2 --format json
ok json_counts grep -q '^"to_run": 4,$' out
if command -v python3 >/dev/null 2>&1; then
    ok json_reads python3 -c '
import json, sys
plan = json.load(sys.stdin)
assert plan["axes"] == [{"name": "K", "points": 2, "values": [2, 10]},
                        {"name": "lr", "points": 2, "values": [0.1, 100]}], plan["axes"]
assert [w["kind"] for w in plan["warnings"]] == ["wide", "diverges", "too_short"], plan["warnings"]
assert 0 < plan["longest_point_s"] <= plan["wall_s"] <= plan["core_hours"] * 3600
assert plan["memory_per_rank_bytes"] > 0 and plan["disk_bytes"] > 0
assert "--ntasks=2" in plan["sbatch"]
' <out
    plan small.yaml --pilot 0 --format json
    ok json_reads_reasons python3 -c '
import json, sys
plan = json.load(sys.stdin)
assert plan["exclusions"][0]["points"] == 2 and plan["exclusions"][0]["why"].startswith("an item")
assert plan["repeats"] == 6 and plan["repeats_differ_in"] == ["tie_scale"], plan["repeats"]
assert plan["replicates"] == 2 and plan["done"] == 0
assert plan["folded"] == 8 and plan["trajectories"] == 4 # two K, two replicates
' <out
else
    echo "skip: python3 is missing, JSON is not read back"
fi

ok bad_pilot exits 2 "$AESWEEP" plan small.yaml --pilot many
ok bad_pilot_says grep -q -- "--pilot: 'many'; allowed: an integer from 0" "$scratch/err"
ok bad_ranks exits 2 "$AESWEEP" plan small.yaml --ranks 0
ok bad_format exits 2 "$AESWEEP" plan small.yaml --format xml
ok list_or_format exits 2 "$AESWEEP" plan small.yaml --list --format json

# ---- a run compares ----
"$AESWEEP" run small.yaml -o done >out 2>err
ok run_compares grep -qE "^cost: [0-9.]+ s of one core; [0-9.]+ s were expected after [0-9]+ points$" err
"$AESWEEP" run small.yaml -o done >out 2>err
ok no_work_no_cost sh -c '! grep -q cost err'
sed 's/lr: .0.5, 1./lr: [0.5, 1, 2]/' small.yaml >more.yaml
"$AESWEEP" run more.yaml -q -o done >out 2>err
ok quiet_says_nothing [ ! -s err ]
ok nothing_left plan small.yaml -o done
ok nothing_costs grep -q "^to run: 0$" out
ok no_job sh -c '! grep -qE "cost|SBATCH" out'
finish
