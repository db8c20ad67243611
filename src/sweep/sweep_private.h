#ifndef AESWEEP_SWEEP_PRIVATE_H
#define AESWEEP_SWEEP_PRIVATE_H

/* The inside of a sweep: sweep_read.c and document.c fill it, sample.c, grid.c and repeats.c lay it
 * out, sweep.c and sweep_format.c look at it. */

#include "aesweep/axis.h"
#include "aesweep/exclude.h"
#include "aesweep/formula.h"
#include "aesweep/range.h"
#include "aesweep/sweep.h"
#include "aesweep/value.h"
#include "aesweep/yaml.h"

enum {
    AE_SWEEP_MAX_POINTS = 1000000000, /* of the full grid; an index fits in 32 bits */
    AE_SWEEP_MAX_VALUES = 3000000,    /* of all axes; a resolved sweep writes them out */
    AE_SWEEP_MAX_REPLICATES = 1000000
};

/* One document of a sweep file: a grid of its own. */
struct ae_document {
    struct ae_params fixed; /* what every point starts from: defaults, `set`, and the seed */
    struct ae_formula *formulas[AE_N_PARAMS]; /* of `set`; NULL if not computed; borrowed */
    size_t n_axes;
    struct ae_axis axes[AE_N_PARAMS]; /* grid, zip, sample; members of one axis side by side */
    size_t n_computed;
    enum ae_param_id computed[AE_N_PARAMS]; /* those not on an axis, each after what it uses */
    size_t first_exclusion, n_exclusions;   /* its share of the sweep's */
    size_t first, size;                     /* its share of the grid */
};

struct ae_sweep {
    char *name;
    size_t n_replicates;
    size_t n_documents;
    struct ae_document *documents;
    size_t n_exclusions;
    struct ae_exclusion *exclusions;
    size_t *n_dropped; /* [n_exclusions] points that each item dropped */
    size_t grid_size, n_points;
    size_t n_repeated; /* combinations that an earlier document has too */
    uint32_t *left;    /* [n_points] grid indices of the points left, rising; NULL if all are */
    uint32_t *again;   /* [n_repeated] grid indices of those that an earlier document has, rising */
    size_t n_refined, refine_levels; /* no axis is refined: 0 */
    enum ae_param_id refined[AE_N_PARAMS];
    enum ae_param_id rows, cols;
    char *value, *reduce; /* of the table, "" where the file says nothing */
    struct ae_pool pool;  /* all lists that parameters point to */
    size_t n_formulas;
    struct ae_formula **formulas;
};

/* What `table` may show, beside escape_1, escape_2, ..., and how replicates become one; ended by
 * NULL. */
extern const char *const ae_table_values[];
extern const char *const ae_table_reduces[];

/* ---- while a file is read ---- */

struct ae_place {
    const struct ae_yaml *yaml;
    const struct ae_yaml_node *node;
};

/* `name=VALUE` from the command line. */
struct ae_setting {
    char *name;
    enum ae_param_id id; /* AE_N_PARAMS: a key of the sweep */
    struct ae_yaml *yaml;
};

struct ae_reading {
    struct ae_sweep *sweep;
    struct ae_document *document;
    const struct ae_yaml *yaml;
    const struct ae_yaml_node *root; /* of this document */
    size_t n_settings;
    const struct ae_setting *settings;
    /* where in this document each parameter was given; NULL if not so far */
    const struct ae_yaml_node *taken[AE_N_PARAMS];
    bool is_placed[AE_N_PARAMS]; /* a setting stands where the file had an axis */
    struct ae_place formula_at[AE_N_PARAMS];
};

/* Sections of one document: document.c. */
enum ae_status ae_document_set(struct ae_reading *r, const struct ae_yaml_node *node,
                               struct ae_error *err);
enum ae_status ae_document_grid(struct ae_reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err);
enum ae_status ae_document_zip(struct ae_reading *r, const struct ae_yaml_node *node,
                               struct ae_error *err);
enum ae_status ae_document_sample(struct ae_reading *r, const struct ae_yaml_node *node,
                                  struct ae_error *err);
enum ae_status ae_document_exclude(struct ae_reading *r, const struct ae_yaml_node *node,
                                   struct ae_error *err);
/* After the last section: settings that replace no axis, the order of axes and computed values. */
enum ae_status ae_document_finish(struct ae_reading *r, struct ae_error *err);

/* AE_EARG: `KEY: what stands there; allowed: ...`, with the place. */
enum ae_status ae_reading_fail_kind(const struct ae_reading *r, const struct ae_yaml_node *node,
                                    const char *key, const char *allowed, struct ae_error *err);

/*
 * Values of the axes `members`, one place for each point of a Sobol sequence: uniform between the
 * ends of its range (integers: each equally often), on a log scale in the logarithm. Places that
 * rounding made equal are merged.
 */
enum ae_status ae_sample_fill(struct ae_axis *members, const struct ae_range *ranges,
                              size_t n_members, size_t n, struct ae_error *err);
enum { AE_SAMPLE_MAX_POINTS = 1000000 };

/*
 * Counts the combinations of the document, drops what is excluded and checks that the rest makes
 * sense. AE_EARG names the place of its grid (or of `set`, or the document).
 */
enum ae_status ae_document_lay_out(struct ae_reading *r, struct ae_error *err);

/* `refine`: its axes and levels; after the last document: are they axes of the grid? An axis that
 * the command line replaced by a value is none, and that is no mistake. */
enum ae_status ae_refine_read(struct ae_reading *r, const struct ae_yaml_node *node,
                              struct ae_error *err);
enum ae_status ae_refine_check(const struct ae_reading *r, struct ae_error *err);

/* Drops points that an earlier document has with the very same values. */
enum ae_status ae_sweep_drop_repeats(struct ae_sweep *sweep, struct ae_error *err);

/* Parameters of one combination of the whole grid, replicate 1. */
void ae_sweep_combination(const struct ae_sweep *sweep, size_t index, struct ae_params *out);
/* The same with the number x on axis k of its document; what is computed follows. False if the sweep
 * has no such point: it is excluded or makes no sense, or a computed value is not allowed. */
bool ae_sweep_vary(const struct ae_sweep *sweep, const struct ae_document *document, size_t index,
                   size_t k, double x, struct ae_params *out);

#endif
