#!/bin/sh
# Pictures from outside: files, formats, what the picture says, and what happens without gnuplot.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
AESWEEP=${AESWEEP:-$PWD/build/aesweep}
cd "$scratch" || exit 1
cat >small.yaml <<'YAML'
name: small_one
set: {D: 50, spikes: [4, 2.5], time: 20, init: 0.3, tie_scale: 1}
grid: {engine: [ode, sgd], tied: [false, true], K: [1, 2], lr: [0.01, 0.1, 1, 10]}
exclude:
  - {tied: true, K: 2, lr: 10}
replicates: 2
YAML
ok "a sweep to draw" exits 0 "$AESWEEP" run small.yaml -o dir

# ---- without gnuplot ----
mkdir empty fake
cat >fake/gnuplot <<'SCRIPT'
#!/bin/sh
echo "some text" >&2
echo "         ^" >&2
echo '"./plot.gp" line 3: no such terminal' >&2
exit 1
SCRIPT
chmod +x fake/gnuplot
says()
{
    grep -qF -- "$1" err || { cat err; return 1; }
}
without()
{
    PATH=$scratch/$1 "$AESWEEP" plot dir >out 2>err </dev/null
    [ $? -eq 74 ] && [ ! -s out ]
}
ok "no gnuplot is exit 74" without empty
ok "... and says how to get it" says "gnuplot is not in PATH"
ok "... and leaves nothing behind" [ ! -e dir/plot.gp ]
ok "a gnuplot that fails is exit 74" without fake
ok "... and its reason is told" says "line 3: no such terminal"
ok "... and there is no picture" sh -c '[ ! -e dir/plot.png ] && ! ls dir | grep tmp'

# ---- bad arguments ----
ok "another format" exits 2 "$AESWEEP" plot dir --format gif
ok "another value" exits 2 "$AESWEEP" plot dir --value exces
ok "a picture needs a file" exits 2 "$AESWEEP" plot dir -o -
ok "rows mean nothing to curves" exits 2 "$AESWEEP" plot dir --curves --rows K
ok "too many curves" exits 2 "$AESWEEP" plot dir --curves
ok "... say what they differ in" grep -q "they differ in K, tied, lr" "$scratch/err"
ok "no such point" exits 2 "$AESWEEP" plot dir --where "lr>20"
ok "no such folder" exits 2 "$AESWEEP" plot nowhere

if ! command -v gnuplot >/dev/null 2>&1; then
    echo "skip: pictures are not drawn, gnuplot is not installed (apt-get install gnuplot-nox)"
    finish
fi

# ---- files ----
# drawn FILE ARGUMENT...: draws, prints the path FILE and nothing else.
drawn()
{
    file=$1
    shift
    "$AESWEEP" plot "$@" >out 2>err || { cat err; return 1; }
    [ "$(cat out)" = "$file" ] && [ ! -s err ] && [ -s "$file" ]
}
begins()
{
    head -c 16 "$1" | grep -qa -- "$2"
}
ok "a picture beside the results" drawn dir/plot.png dir
ok "... is PNG" begins dir/plot.png PNG
ok "... with its script and data" [ -s dir/plot.gp -a -s dir/plot.dat ]
cp dir/plot.png first.png
cp dir/plot.dat first.dat
ok "the kept script draws it again" sh -c 'rm dir/plot.png && cd dir && gnuplot plot.gp && cmp plot.png ../first.png'
ok "the same picture a second time" drawn dir/plot.png dir
ok "... to the same bytes" sh -c 'cmp dir/plot.png first.png && cmp dir/plot.dat first.dat'
ok "PDF" drawn dir/plot.pdf dir --format pdf
ok "... is PDF" begins dir/plot.pdf '%PDF'
mkdir "a b"
ok "elsewhere, and odd names" drawn "a b/it's_1.svg" dir -o "a b/it's_1.svg" --value excess
ok "... with all that belongs to it" [ -s "a b/it's_1.gp" -a -s "a b/it's_1.dat" ]
ok "here" drawn here.svg dir -o here.svg --value pmse --where engine=ode,tied=false
ok "nowhere" exits 74 "$AESWEEP" plot dir -o nowhere/x.png
ok "no temporary file stays" sh -c '! ls . dir "a b" | grep tmp'

# ---- what a picture says ----
svg()
{
    grep -q -- "$1" "$2"
}
for text in "small_one: excess, median of 2 replicates" "tied=true" "engine=sgd" "no such point" "aesweep "; do
    ok "the picture names $text" svg "$text" "a b/it's_1.svg"
done
ok "... and is no broken XML" sh -c 'command -v xmllint >/dev/null || exit 0; xmllint --noout "$1"' sh "a b/it's_1.svg"

# Widths of the cells of lr on a log axis of four decades are the same, and fill the frame.
widths()
{
    # Each cell is a filled polygon: its first and its third corner are opposite to each other.
    sed -nE "s/.*<polygon fill = 'rgb[^']*' points = '([^']*)'.*/\1/p" here.svg |
        awk -F'[ ,]+' '{ w = $5 - $1; if (w < 0) w = -w; if (w > 60) print int(w + 0.5) }' | sort -u
}
ok "cells on a log axis are of one width" sh -c "[ \"\$(echo '$(widths)' | wc -w)\" -eq 1 ]"

# Boundaries are drawn where the table changes: after column j of four, j quarters into the frame.
"$AESWEEP" table dir --value phase --where engine=ode,tied=false --format csv |
    awk -F, 'NR > 1 { for (i = 1; i < 4; i++) if ($(NF - 4 + i) != $(NF - 3 + i)) print i / 4 }' |
    sort >want
frame=$(grep -E "<path stroke='black'.* Z" here.svg | head -n 1 | sed -E 's/.*M([0-9.]+),.*/\1/')
tr '\n\t' '  ' <here.svg | grep -oE "<path stroke='rgb\(  0,   0,   0\)'[^>]*>" | grep -oE '[ML][0-9.]+,[0-9.]+' | sed 's/./& /; s/,/ /' |
    awk -v left="$frame" '$1 == "L" && $2 == x { print int(($2 - left) / 4.4 + 0.5) / 100 } { x = $2 }' | sort >got
ok "some phases differ" [ -s want ]
ok "boundaries lie where the table changes" cmp want got

# ---- curves ----
ok "curves" drawn dir/curves.png dir --curves --where "tied=false, lr=0.1"
ok "... with data by curve" sh -c '[ "$(grep -c "^# engine=" dir/curves.dat)" -eq 4 ]'
ok "... and PCA's errors" sh -c '[ "$(grep -c "^set label \"pca_" dir/curves.gp)" -eq 3 ]'
# What stands in the data is what trajectory says: the range of two replicates at the last time.
"$AESWEEP" trajectory dir --where "tied=false, lr=0.1, K=2, engine=sgd" |
    awk -F, '$3 == 20 { print $4 }' | sort -g | tr '\n' ' ' >want
awk '/^# engine=sgd, K=2/ { on = 1 } on && $1 == 20 { print $3, $4 " "; exit }' dir/curves.dat | tr -d '\n' >got
ok "... of all replicates" cmp want got
finish
