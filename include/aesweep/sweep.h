#ifndef AESWEEP_SWEEP_H
#define AESWEEP_SWEEP_H

/*
 * A sweep: the file that a user wrote, read, checked and laid out as points. The points are not
 * stored: point i is decoded from its index when asked for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/params.h"
#include "aesweep/pool.h"

struct ae_sweep;

/*
 * Reads a sweep file (YAML 1.2, UTF-8). Every mistake is AE_EARG with one message
 *     FILE:LINE:COLUMN: what was found; what is allowed; the nearest known name
 * A combination of values that makes no sense names the first such point and the exclude line that
 * drops such points. *sweep is owned by the caller.
 */
enum ae_status ae_sweep_read_file(struct ae_sweep **sweep, const char *path, struct ae_error *err);
/* The same with settings of the command line, each `name=VALUE`, VALUE in YAML: a parameter, for
 * which it replaces the fixed value or the whole axis of every document, or seed or replicates.
 * Mistakes in them begin with `--set NAME:LINE:COLUMN: `. */
enum ae_status ae_sweep_read_set(struct ae_sweep **sweep, const char *path, size_t n_settings,
                                 const char *const *settings, struct ae_error *err);
/* The same from text; `name` stands for the file in messages. */
enum ae_status ae_sweep_read_text(struct ae_sweep **sweep, const char *text, size_t size,
                                  const char *name, struct ae_error *err);
/* A sweep of one point, with these parameters as ae_params_format wrote them. */
enum ae_status ae_sweep_read_point(struct ae_sweep **sweep, const char *params, uint64_t seed,
                                   struct ae_error *err);
void ae_sweep_free(struct ae_sweep *sweep);

const char *ae_sweep_name(const struct ae_sweep *sweep);

/* Grid points that are left after exclusions, times replicates: the rows of the sweep. Row i is
 * point i / n_replicates, replicate i % n_replicates + 1. Points follow the file: one document
 * after the other, in each the first axis slowest; what stands in several documents with the very
 * same values is shown at its first place only. */
size_t ae_sweep_n_points(const struct ae_sweep *sweep);
size_t ae_sweep_n_replicates(const struct ae_sweep *sweep);
/* Parameters of point i, with seed and replicate (1, 2, ...) set. Lists are owned by the sweep. */
void ae_sweep_point(const struct ae_sweep *sweep, size_t i, size_t replicate,
                    struct ae_params *out);

/* The files besides its own that this sweep was read from. */
size_t ae_sweep_n_sources(const struct ae_sweep *sweep);
const struct ae_source *ae_sweep_source(const struct ae_sweep *sweep, size_t i);

size_t ae_sweep_n_documents(const struct ae_sweep *sweep); /* that hold anything */

/* The parameters that vary, document by document, from the slowest axis to the fastest: those of
 * grid, zip, sample. Members of one axis (a group of zip, a sample) stand side by side, all but the
 * first joined. Values of an axis in the order of the file. */
struct ae_axis_view {
    enum ae_param_id id;
    size_t n;
    const struct ae_value *values;
    bool is_log;     /* a range on a log scale, or a list that says so */
    size_t n_merged; /* values of a range that rounding made equal and that were merged */
    size_t document; /* from 0 */
    bool is_joined;  /* advances with the axis before it */
};
size_t ae_sweep_n_axes(const struct ae_sweep *sweep);
struct ae_axis_view ae_sweep_axis(const struct ae_sweep *sweep, size_t i);

/* Computed values, document by document. */
struct ae_computed_view {
    enum ae_param_id id;
    const char *text; /* `=1e4/lr` */
    size_t document;  /* from 0 */
};
size_t ae_sweep_n_computed(const struct ae_sweep *sweep);
struct ae_computed_view ae_sweep_computed(const struct ae_sweep *sweep, size_t i);

/* What was left out of the full grid: item i of `exclude`, how many points it dropped (the first
 * item that matches gets the point), its text and `why` ("" if none given). */
struct ae_exclusion_view {
    size_t n_points;
    const char *text;
    const char *why;
};
size_t ae_sweep_n_exclusions(const struct ae_sweep *sweep);
struct ae_exclusion_view ae_sweep_exclusion(const struct ae_sweep *sweep, size_t i);
size_t ae_sweep_grid_size(const struct ae_sweep *sweep); /* all combinations, before exclusions */
/* Combinations left out because an earlier document has them too. */
size_t ae_sweep_n_repeated(const struct ae_sweep *sweep);

/* Default choices of table and plot; parameter AE_N_PARAMS and value "" where the file says
 * nothing. */
struct ae_table_choice {
    enum ae_param_id rows, cols;
    const char *value;
    const char *reduce;
};
struct ae_table_choice ae_sweep_table(const struct ae_sweep *sweep);

/* What the file asks to be refined (refine.h): n_axes = 0 if nothing. */
struct ae_refine_choice {
    size_t n_axes, levels;
    const enum ae_param_id *axes;
};
struct ae_refine_choice ae_sweep_refine(const struct ae_sweep *sweep);
bool ae_sweep_is_refined(const struct ae_sweep *sweep, enum ae_param_id id);

/* The sweep with all defaults and ranges written out, as a sweep file that reads back to the same
 * points in the same order: kept in the results folder. */
void ae_sweep_format(const struct ae_sweep *sweep, struct ae_buffer *out);

/* `activation=erf K=3`: the values that a point has on the axes of the sweep; nothing if there are
 * none. */
void ae_sweep_format_point(const struct ae_sweep *sweep, const struct ae_params *p,
                           struct ae_buffer *out);

#endif
