#!/bin/sh
# run --check-tol: what a tolerance a hundred times smaller changes, and that nothing of it is stored.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >some.yaml <<'YAML'
name: some
set: {D: 40, spikes: [4, 2], sigma2: 0.5, time: 20}
grid:
  engine: [ode, sgd]
  activation: [erf, relu]
  K: [1, 2]
  lr: [0.1, 0.5, 3]
YAML

says()
{
    grep -qE -- "$1" err || { cat err; return 1; }
}
checked() # SHARE FOLDER ARGUMENTS...
{
    share=$1 folder=$2
    shift 2
    exits 0 "$AESWEEP" run some.yaml --check-tol "$share" -o "$folder" "$@"
}

for bad in 0 1.01 nan 5%; do
    ok "refused: '$bad'" exits 2 "$AESWEEP" run some.yaml --check-tol "$bad" -o refused
    ok "says what is allowed: '$bad'" says "^aesweep run: --check-tol: '$bad' is not allowed; allowed: a number > 0, up to 1"
done
ok "nothing was run" [ ! -e refused ]

ok "unchecked" exits 0 "$AESWEEP" run some.yaml -o plain
ok "checked" checked 0.2 part
ok "a fifth of them" says '^check of tol: 3 of 12 points of engine ode once more, at tol/100$'
ok "simulations are left out" says '^  12 simulations not checked: they have no tol$'
ok "no phase changes" says '^  phase  changes nowhere$'
sed -n '/^check of tol/,$p' err >first
ok "again" checked 0.2 part
ok "nothing new" says ' 0 new in'
sed -n '/^check of tol/,$p' err >second
ok "the same ones" cmp first second
ok "all, one by one" checked 1 part --no-fold
sed -n '/^check of tol/,$p' err >first
ok "12 of 12" says '^check of tol: 12 of 12 '
ok "on three ranks" exits 0 ranks 3 run some.yaml --check-tol 1 -o part
sed -n '/^check of tol/,$p' err >second
ok "the same changes" cmp first second
# Ten times tol is what results are trusted to.
ok "pmse is right to 10 tol" awk '/^  pmse/ {good = $4 > 0 && $4 < 1e-7} END {exit !good}' second
ok "excess changes by more" awk '/^  pmse/ {p = $4} /^  excess/ {good = $4 >= p} END {exit !good}' second
ok "80 columns" sh -c '! grep -qE "^.{81}" second'
for folder in plain part; do
    "$AESWEEP" export "$folder" --format csv -o "$folder.csv"
    "$AESWEEP" trajectory "$folder" --format csv -o "$folder.way"
done
ok "nothing of it is stored" sh -c 'cmp plain.csv part.csv && cmp plain.way part.way'

ok "some of them only" checked 1 plain --only 'K=1, engine=ode'
ok "6 of 6" says '^check of tol: 6 of 6 '
ok "simulations alone" checked 1 plain --only 'engine=sgd'
ok "nothing to check" says '^check of tol: 0 of 0 '
ok "no smaller tol" checked 1 exact --only 'K=1, engine=ode' --set tol=1e-12
ok "is said" says '^  6 points not checked: tol is the smallest already$'
ok "no time" exits 75 "$AESWEEP" run some.yaml --for 0.000001 --check-tol 1 -o late
ok "no check" says '^tol is not checked: not all points are there$'

# ---- a phase that hangs on tol: the boundary between the excesses at two tolerances ----
cat >edge.yaml <<'YAML'
name: edge
set: {D: inf, spikes: [4, 2], sigma2: 0, K: 1, tol: 1e-3, time: 3, record: final}
grid: {lr: [1, 2]}
YAML
excess() # FOLDER: of lr = 1
{
    "$AESWEEP" table "$1" --value excess --format csv --cols lr | tail -n 1 | cut -d, -f1
}
ok "loose" exits 0 "$AESWEEP" run edge.yaml -o loose
ok "tight" exits 0 "$AESWEEP" run edge.yaml --set tol=1e-5 -o tight
between=$(echo "$(excess loose) $(excess tight)" | awk '{printf "%.12g", ($1 + $2) / 2 / 4}')
ok "flips" exits 3 "$AESWEEP" run edge.yaml --set "phase_tol=$between" --check-tol 1 -o loose
ok "how many" says '^  phase  changes at 1 point: a smaller tol decides$'
ok "which one" says '^[0-9a-f]{16} replicate 1: lr=1$'
ok "from what to what" says '^    (pca .*, at tol 1e-05: [a-z]+|[a-z]+ .*, at tol 1e-05: pca) '
ok "is gone at that tol" exits 0 "$AESWEEP" run edge.yaml --set tol=1e-5 --set "phase_tol=$between" --check-tol 1 -o tight

# ---- points that refine adds ----
{ cat some.yaml; echo 'refine: {axes: [lr], levels: 3}'; } >refined.yaml
ok "with refine" exits 0 "$AESWEEP" run refined.yaml --only engine=ode --check-tol 1 -o refined
n_ode=$("$AESWEEP" export refined --format csv | grep -c ',ode,.*,done,')
ok "added points are checked" says "^check of tol: $n_ode of $n_ode "
finish
