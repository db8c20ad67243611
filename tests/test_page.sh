#!/bin/sh
# The page of report in a browser: what is drawn, the pointer, the keyboard, no error; and from outside.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
AESWEEP=${AESWEEP:-$PWD/build/aesweep}
BUILD=${BUILD:-$PWD/build}
checks=$PWD/tests/page_checks.js
cd "$scratch" || exit 1

# ---- the command ----
# 300 points, some failed, some missing; and a condition whose reason would end a script.
ok "results" "$BUILD/tools/make_results" dir 300 "</script><b>'\"&"
"$AESWEEP" report dir >out 2>err
ok "a page" [ $? -eq 0 -a "$(cat out)" = dir/report.html -a ! -s err -a -s dir/report.html ]
cp dir/report.html first.html
"$AESWEEP" report dir/ -o here.html >out
ok "elsewhere, the same bytes" sh -c 'cmp first.html here.html && [ "$(cat out)" = here.html ]'
ok "to standard output" sh -c '"$1" report dir -o - | cmp - first.html' sh "$AESWEEP"
ok "no such folder" exits 2 "$AESWEEP" report nowhere
ok "nowhere to write" exits 74 "$AESWEEP" report dir -o nowhere/x.html
ok "no temporary file stays" sh -c '! ls . dir | grep tmp'
ok "nothing is fetched" sh -c '! grep -oE "(src|href)=\"?[a-z]+:[^d,][^\"]*|url\((https?:|//)|@import" dir/report.html'
ok "one script for data, one that draws" [ "$(grep -c '</script>' dir/report.html)" -eq 2 ]
"$AESWEEP" plot dir --format svg >/dev/null 2>&1
sum=$(grep -oE 'sweep [0-9a-f]{16}, aesweep [0-9.]+, physics [0-9]+' dir/report.html | sort -u)
ok "one origin" [ "$(echo "$sum" | wc -l)" -eq 1 -a -n "$sum" ]
[ -f dir/plot.gp ] && ok "... that of pictures" grep -q "$sum" dir/plot.gp

cat >runs.yaml <<'YAML'
name: runs
set: {D: 50, spikes: [4], time: 1, record: final}
grid: {lr: [0.1, 1]}
YAML
"$AESWEEP" run runs.yaml -o runs --only 'lr<0.5' -q && "$AESWEEP" run runs.yaml -o runs -q && "$AESWEEP" run runs.yaml -o runs -q
"$AESWEEP" report runs >out
ok "runs that computed something are named" [ "$(grep -c '<code>aesweep run runs.yaml' runs/report.html)" -eq 2 ]
ok "... as a shell takes them" grep -q "run runs.yaml -o runs --only &#39;lr&lt;0.5&#39; -q" runs/report.html
ok "... with date and host" grep -qE "<td>20[0-9-]+T[0-9:]+Z</td>.*$(uname -n)" runs/report.html
"$AESWEEP" merge -o both runs >/dev/null
"$AESWEEP" report both >out
ok "... also after a merge" [ "$(grep -c '<code>aesweep run runs.yaml' both/report.html)" -eq 2 ]

# ---- in a browser ----
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
    echo "skip: no page was opened, chromium is not installed (apt-get install --no-install-recommends chromium)"
    finish
fi
# browse URL WIDTH: the document as it is after its scripts.
browse()
{
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --enable-logging=stderr \
        --user-data-dir="$scratch/browser" --window-size="$2,900" --virtual-time-budget=5000 --dump-dom "file://$scratch/$1"
}
echo '<p>it works' >probe.html
if ! browse probe.html 1280 2>log | grep -q 'it works'; then
    echo "skip: no page was opened, $browser cannot open files in $scratch (confined, or broken?)"
    finish
fi
# opened PAGE[#ADDRESS] WIDTH: the document as it is after its scripts, in dom; what the console said in console.
opened()
{
    browse "$1" "$2" >dom 2>log
    grep -a CONSOLE log >console
    grep -q 'data-ready="1"' dom
}
# The page with page_checks.js behind its own script.
awk -v checks="$checks" '/^<\/body>/ { print "<script>"; while ((getline line < checks) > 0) print line; print "</script>" } { print }' \
    dir/report.html >checked.html
for width in 1280 390; do
    ok "a page opens at $width pixels" opened checked.html $width
    ok "... without a word on the console" [ ! -s console ]
    sed -n '/<pre id="checked">/,/<\/pre>/p' dom | sed 's/<pre id="checked">//; s/<.pre>//' | grep -E '^(good|bad) ' >lines
    ok "... and was tried" [ "$(wc -l <lines)" -ge 25 ]
    while read -r verdict name; do
        ok "$width: $name" [ "$verdict" = good ]
    done <lines
done
sed 's/^begin();$/begin(); nonsense();/' dir/report.html >broken.html
ok "a mistake would be seen" sh -c '! cmp -s broken.html dir/report.html'
opened broken.html 1280
ok "... on the console" grep -q nonsense console

# ---- cells are those of the table ----
# Cells of the page's tables, a line each: in the order of panels, rows and columns.
cells()
{
    tr '\n' ' ' <dom | sed 's/<section id="run">.*//' | grep -oE '<table class="cells">.*' | sed 's/<th scope="row">[^<]*/\n&/g' | grep '^<th scope="row">' |
        grep -oE '<td>[^<]*' | sed 's/<td>//'
}
# same DIR VALUE REDUCE COLUMNS CELLS: the page shows the cells of the table, which has so many columns.
same()
{
    opened "$1/report.html#value=$2&reduce=$3&table=1" 1280
    cells >got
    "$AESWEEP" table "$1" --value "$2" $([ "$2" = phase ] || echo --reduce "$3") --format csv |
        awk -F, -v n="$4" 'NR > 1 { for (i = NF - n + 1; i <= NF; i++) print $i }' >want
    ok "$5 cells of $2" [ "$(wc -l <got)" -eq "$5" -a "$(wc -l <want)" -eq "$5" ]
    paste -d '|' got want | awk -F'|' '
        $1 == $2 { next }
        $1 ~ /^(missing|failed|nan)$/ && $2 ~ /^(missing|failed|nan|)$/ { next }
        $1 ~ /^[-0-9]/ && $2 ~ /^[-0-9]/ && ($1 - $2) ^ 2 <= 1e-24 * $2 ^ 2 { next }
        { print NR ": " $0 }' >differ
    ok "... are those of the table" sh -c '[ ! -s differ ] || { cat differ; exit 1; }'
}
cat >several.yaml <<'YAML'
name: several
set: {engine: sgd, D: 50, spikes: [4, 2], time: 4, K: 2, init: 0.3}
grid: {tied: [false, true], lr: {from: 0.1, to: 10, points: 49, scale: log}}
replicates: 4
YAML
"$AESWEEP" run several.yaml -o several -q && "$AESWEEP" report several >out
same several excess iqr 49 98
same several phase median 49 98
ok "replicates that disagree are mixed" grep -q mixed got
ok "... and marked" grep -q 'class="split"' dom
same dir phase median 3 300
ok "what failed looks different" grep -q failed got
# Cells of one colour are one path: as many squares as points in that phase.
squares()
{
    tr '\n' ' ' <dom | grep -oE "<path d=\"[^\"]*\" fill=\"$1\"" | tr -cd 'z' | wc -c
}
"$AESWEEP" table dir --format csv | awk -F, 'NR > 1 { for (i = 4; i <= 6; i++) print $i }' >want
ok "squares in the colour of pca" [ "$(squares '#0072b2')" -eq "$(grep -cx pca want)" ]
ok "... and of diverged" [ "$(squares '#b22222')" -eq "$(grep -cx diverged want)" ]

# ---- boundaries of a refined sweep lie where `table --boundary` says ----
cat >refined.yaml <<'YAML'
name: refined
set: {D: inf, spikes: [4, 2.5, 1.5, 0.8], sigma2: 0, time: 1000}
grid: {K: [1, 2], lr: {from: 0.01, to: 10, points: 4, scale: log}}
refine: {axes: [lr], levels: 4}
YAML
"$AESWEEP" run refined.yaml -o refined -q && "$AESWEEP" report refined >out
opened refined/report.html 1280
# The axis reaches half a step beyond 0.01 and 10: four decades over the frame.
"$AESWEEP" table refined --boundary --format csv | awk -F, 'NR > 1 && $2 { printf "%.3f\n", (log($2 * $3) / log(10) / 2 + 2.5) / 4 }' | sort >want
frame=$(grep -oE '<rect class="frame"[^>]*>' dom | head -n 1)
left=$(echo "$frame" | sed -E 's/.* x="([0-9.]+)".*/\1/') width=$(echo "$frame" | sed -E 's/.* width="([0-9.]+)".*/\1/')
grep -oE '<path class="boundary[^>]*>' dom | grep -oE 'M[0-9.]+ [0-9.]+V' | tr 'MV' '  ' |
    awk -v left="$left" -v width="$width" '{ printf "%.3f\n", ($1 - left) / width }' | sort >got
ok "a refined sweep has boundaries" [ "$(wc -l <want)" -ge 2 ]
ok "... drawn where the table has them" cmp want got
cells=$("$AESWEEP" export refined | awk 'END { print NR - 1 }')
ok "... between cells of all points" grep -q "data-cells=\"$cells\"" dom
finish
