#!/bin/sh
# netCDF files as users open them: xarray selects by label and plots what the CSV says.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >small.yaml <<'YAML'
name: small
set: {D: 30, spikes: [4, 2], time: 4}
grid: {engine: [ode, sgd], activation: [linear, erf], tied: [false, true], lr: [0.5, 5, 100]}
exclude: [{activation: linear, tied: true}]
replicates: 2
YAML
ok "a sweep" exits 0 "$AESWEEP" run small.yaml -o r
ok "export" exits 0 "$AESWEEP" export r --format netcdf
ok "... says where" [ "$(cat out)" = r/export.nc ]
ok "trajectory" exits 0 "$AESWEEP" trajectory r --format netcdf
ok "... says where" [ "$(cat out)" = r/trajectory.nc ]
ok "timing" exits 0 "$AESWEEP" export r --format netcdf --what timing -o t.nc
ok "... says where" [ "$(cat out)" = t.nc ]
ok "everything stored" exits 0 "$AESWEEP" export r --format netcdf --all -o all.nc
sleep 1.1
ok "once more" exits 0 "$AESWEEP" export r --format netcdf -o again.nc
ok "... the same bytes" cmp r/export.nc again.nc
ok "not to standard output" exits 2 "$AESWEEP" export r --format netcdf -o -
ok "an unknown format" exits 2 "$AESWEEP" export r --format netcd
ok "... names the nearest" grep -q "netcdf" err
ok "a folder that is none" exits 74 "$AESWEEP" export r --format netcdf -o /dev/full/x.nc
ok "... is named" grep -q "/dev/full/x.nc" err

"$AESWEEP" export r -o r.csv
"$AESWEEP" trajectory r -o way.csv
# Data whose eigenvalues no parameter lists: they stand in the file.
cat >power.yaml <<'YAML'
name: power
set: {data: power, spikes: [3], time: 1, D: 20, K: 2}
grid: {alpha: [0.5, 2]}
YAML
ok "other data" exits 0 "$AESWEEP" run power.yaml -o power
ok "... export" exits 0 "$AESWEEP" export power --format netcdf

python=
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import xarray, netCDF4' 2>/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
    echo "skip: xarray is not here (python3-xarray, python3-netcdf4): netCDF files not opened with it"
    finish
    exit
fi
cat >look.py <<'PY'
import csv, math, sys
import xarray as xr

def number(text):
    return float(text) if text else math.nan

def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))

ds = xr.open_dataset("r/export.nc")
assert dict(ds.sizes) == dict(engine=2, activation=2, tied=2, lr=3, replicate=2, component=2), ds.sizes
n = 0
for row in csv.DictReader(open("r.csv")):
    at = ds.sel(engine=row["engine"], activation=row["activation"], tied=int(row["tied"] == "true"),
                lr=float(row["lr"]), replicate=int(row["replicate"]))
    for name in "pmse pca excess learned found alignment steps t_end encoder_scale".split():
        assert same(float(at[name]), number(row[name])), (name, row)
    assert same(float(at.escape[1]), number(row["escape_2"])), row
    words = ds.phase.attrs["flag_meanings"].split()
    assert words[int(at.phase) + 1] == row["phase"], row
    assert str(at.point.values) == row["point"], row
    assert int(at.status) == 3
    n += 1
assert n == 36, n
gap = ds.sel(activation="linear", tied=1)
assert int(gap.status.max()) == 0 and bool(gap.excess.isnull().all())
assert float(ds.D) == 30 and str(ds.spikes.values) == "[4, 2]"
assert ds.attrs["title"].startswith("small:") and "sweep" in ds.attrs["source"] and "physics" in ds.attrs["source"]

way = xr.open_dataset("r/trajectory.nc")
assert way.pmse.dims == ("engine", "activation", "tied", "lr", "replicate", "t"), way.pmse.dims
n = 0
for row in csv.DictReader(open("way.csv")):
    if n % 7 == 0 and row["point"] == str(ds.point.sel(engine="sgd", activation="erf", tied=0, lr=5).values):
        at = way.sel(engine="sgd", activation="erf", tied=0, lr=5, replicate=int(row["replicate"]),
                     t=float(row["t"]))
        assert same(float(at.pmse), number(row["pmse"])), row
        assert same(float(at.residual[1]), number(row["residual_2"])), row
    n += 1
assert n > 36
r = xr.open_dataset("power/export.nc").r.isel(replicate=0)
assert r.dims == ("alpha", "component"), r.dims
assert float(r.sel(alpha=2, component=1)) == 0.75 and float(r.sel(alpha=0.5, component=0)) == 3, r
times = xr.open_dataset("t.nc")
assert times.finished_at.dtype.kind == "M"

try:
    import matplotlib
    matplotlib.use("Agg")
except ImportError:
    print("no matplotlib: .plot() not drawn")
else:
    ds.excess.sel(activation="erf", tied=0, engine="ode").plot()
PY
ok "xarray finds what the CSV says" "$python" look.py
finish
