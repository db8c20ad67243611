#!/bin/sh
# The JSON Schema of sweep files, with a validator that is not ours (python3-jsonschema): it takes every
# sweep in sweeps/, and agrees with the program on small good and broken ones.
here=$(dirname "$0")
. "$here/lib.sh"
cd "$here/.." || exit 1
export AESWEEP

# piece NAME: a sweep file of that name from standard input.
piece()
{
    cat >"$scratch/$1.yaml"
}
set --
while IFS='|' read -r want name text; do
    printf '%b\n' "$text" | piece "$name"
    set -- "$@" "$want:$scratch/$name.yaml"
done <<'LIST'
good+plan|empty_sections|name: x\nset:\ngrid:\nexclude:\ntable:
good+plan|numbers|set: {D: 1e4, sigma2: .5, K: 2.0, time: 1e2, timeout: none}
good+plan|infinite|set: {D: inf}
good+plan|infinite_dot|grid: {D: [.inf, 100]}
good+plan|words|set: {activation: relu, tied: true, init: informed, timeout: ~}
good+plan|ranges|grid: {K: {from: 1, to: 4}, lr: {from: 0.01, to: 1, points: 3, scale: log}, time: {from: 1, to: 5, step: 2}}
good+plan|list_axis|grid: {spikes: [[4, 2], [4, 1]]}
good+plan|start|set: {start: {encoder: [[1]], bias: [0.5]}}
good+plan|observed|set: {observe: {from: 1, to: 10, points: 4}}
good+plan|excluded|grid: {K: [1, 2], lr: [1, 2]}\nexclude:\n  - {K: [1, 2], lr: 2, why: enough}\n  - {if: "lr>3"}
good+plan|table|grid: {K: [1, 2]}\ntable: {rows: K, cols: lr, value: escape_2, reduce: iqr}
good+plan|counts|replicates: 4\nseed: 12345678901
good+plan|anchors|set: {time: &t 10, D: *t}
good+plan|computed|set: {time: =1e4/lr, K: "=min(4, 2)"}
good+plan|refined|grid: {lr: [1, 2], K: [1, 4]}\nrefine: {axes: [lr, K], levels: 3}
good+plan|refined_not|grid: {lr: [1, 2]}\nrefine:
good+plan|zipped|zip:\n  - {init: [0.01, 0.1], time: [1e5, 1e4]}
good+plan|spaced|grid: {lr: {values: [0.1, 0.3, 1], scale: log}}
bad+plan|spaced_oddly|grid: {lr: {values: [0.1, 0.3, 1], scale: cubic}}
good+plan|sampled|sample: {sobol: 256, over: {lr: {from: 0.01, to: 10, scale: log}, init: {from: 0.1, to: 1}}}
good+plan|documents|set: {K: 2}\n---\ngrid: {lr: [1, 2]}
bad+plan|unknown_section|sets: {K: 2}
bad+plan|unknown_parameter|set: {learning_rate: 1}
bad+plan|outside|K: 2
bad+plan|unknown_word|set: {activation: sigmoid}
bad+plan|flag_yes|set: {tied: yes}
bad+plan|too_small|set: {K: 0}
bad+plan|not_whole|set: {K: 1.5}
bad+plan|not_positive|set: {lr: 0}
bad+plan|tolerance|set: {tol: 0.5}
bad+plan|quoted|set: {lr: "0.1"}
bad+plan|several_values|set: {K: [1, 2]}
bad+plan|empty_axis|grid: {K: []}
bad+plan|repeated|grid: {K: [1, 1]}
bad+plan|single_axis|grid: {K: 1}
bad+plan|half_a_range|grid: {K: {from: 1}}
bad+plan|unknown_in_range|grid: {K: {from: 1, to: 2, by: 1}}
bad+plan|both|grid: {lr: {from: 1, to: 2, points: 2, step: 1}}
bad+plan|neither|grid: {lr: {from: 1, to: 2}}
bad+plan|log_needs_points|grid: {K: {from: 1, to: 8, scale: log}}
bad+plan|range_of_words|grid: {activation: {from: 1, to: 2}}
bad+plan|flat_list|grid: {spikes: [4, 2]}
bad+plan|negative_spike|set: {spikes: [-1]}
bad+plan|bad_start|set: {start: {encode: [[1]]}}
bad+plan|only_why|exclude:\n  - {why: nothing}
bad+plan|no_list|exclude: {K: 1}
bad+plan|table_value|table: {value: loss}
bad+plan|table_parameter|table: {rows: width}
bad+plan|no_replicate|replicates: 0
bad+plan|bad_seed|seed: -1
bad+plan|bad_name|name: ../up
bad+plan|computed_word|set: {activation: =erf}
bad+plan|refine_word|grid: {rule: [vanilla, truncated]}\nrefine: {axes: [rule], levels: 3}
bad+plan|refine_twice|grid: {lr: [1, 2]}\nrefine: {axes: [lr, lr], levels: 3}
bad+plan|refine_nothing|grid: {lr: [1, 2]}\nrefine: {axes: [], levels: 3}
bad+plan|refine_half|grid: {lr: [1, 2]}\nrefine: {axes: [lr]}
bad+plan|refine_deep|grid: {lr: [1, 2]}\nrefine: {axes: [lr], levels: 21}
bad+plan|refine_key|grid: {lr: [1, 2]}\nrefine: {axes: [lr], levels: 2, depth: 1}
bad+plan|zip_no_list|zip: {init: [1, 2]}
bad+plan|sample_points|sample: {sobol: 4, over: {lr: {from: 1, to: 2, points: 3}}}
bad+plan|sample_nothing|sample: {sobol: 4}
LIST
for sweep in $(find sweeps -name '*.yaml' | sort); do
    set -- "$@" "good:$sweep"
done
"$AESWEEP" schema >"$scratch/schema.json" || exit 1
python3 tests/schema.py "$@" <"$scratch/schema.json"
code=$?
[ $code -eq 77 ] && { ok schema_is_printed grep -q '"\$schema"' "$scratch/schema.json"; finish; }
exit $code
