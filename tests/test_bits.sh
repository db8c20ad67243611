#!/bin/sh
# The same bits with and without AVX-512: the program against one that was compiled without it.
. "$(dirname "$0")/lib.sh"
NARROW=$BUILD/aesweep-avx2
cd "$scratch" || exit 1
if [ ! -x "$NARROW" ]; then
    echo "skip: this build has no program without AVX-512, one is compared with itself"
    NARROW=$AESWEEP
fi
if ! grep -qw avx512f /proc/cpuinfo; then
    echo "skip: this CPU has no AVX-512, both programs run the same code"
fi

cat >small.yaml <<'YAML'
name: small
set: {D: 37, spikes: [4, 2.5, 1], time: 8, record: full, weight_decay: 0.01}
grid:
  engine: [ode, sgd]
  activation: [linear, erf, relu]
  tied: [false, true]
  bias: [none, both]
  rule: [vanilla, truncated]
  K: [3]
  lr: [0.5, 100]
YAML
cat >large.yaml <<'YAML'
name: large
set: {engine: sgd, D: 1003, spikes: [4, 2], time: 1, record: full}
grid: {activation: [linear, erf, relu], tied: [false, true], K: [1, 4], bias: [both], precision: [double, single]}
YAML
cat >training.yaml <<'YAML'
name: training
set: {engine: sgd, D: 203, spikes: [4, 2], K: 3, time: 2, record: full, bias: both, epochs: true}
grid: {batch: [1, 3, 20], samples: [50, inf], tied: [false, true]}
YAML
has_zmm()
{
    objdump -d "$1" | grep -q '%zmm'
}
same_exports() # of $1 and $2
{
    for what in export trajectory; do
        "$AESWEEP" $what "$1" --format csv >"$what.1" && "$AESWEEP" $what "$2" --format csv >"$what.2" &&
            cmp "$what.1" "$what.2" || return 1
    done
    [ "$(wc -l <export.1)" -gt 12 ]
}
# Libraries choose by CPU too; glibc can be told not to.
narrow()
{
    GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512DQ,-AVX512BW,-AVX512CD "$NARROW" "$@"
}

ok "both programs are there" [ -x "$AESWEEP" -a -x "$NARROW" ]
if [ "$NARROW" != "$AESWEEP" ] && command -v objdump >/dev/null 2>&1 && has_zmm "$AESWEEP"; then
    ok "no AVX-512 in the narrow program" sh -c "! objdump -d '$NARROW' | grep -q '%zmm'"
else
    echo "skip: that the programs differ is not checked (no objdump, or the compiler makes no clones)"
fi
for sweep in small large training; do
    ok "$sweep: as it is" exits 0 "$AESWEEP" run $sweep.yaml -o $sweep.wide
    ok "$sweep: without AVX-512" exits 0 narrow run $sweep.yaml -o $sweep.narrow
    ok "$sweep: the same bytes" same_exports $sweep.wide $sweep.narrow
    ok "$sweep: verify agrees" exits 0 narrow verify $sweep.wide --sample 12
    ok "... on all of them" grep -qx "  same       12" out
done
ok "verify on three ranks" exits 0 ranks 3 verify small.wide --sample 50%
ok "... has done its part" grep -qx "  same       48" out
finish
