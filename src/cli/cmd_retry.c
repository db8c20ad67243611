/* aesweep retry: forgets results, so that the next run computes them again. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/expr.h"
#include "aesweep/record.h"
#include "aesweep/rows.h"
#include "aesweep/store.h"

/* How the reason of a point begins that was set aside because processes died while computing it. */
#define LOST_PREFIX "lost:"

struct key {
    uint64_t point, replicate;
    bool is_failed;
};

struct choice {
    bool is_failed, is_lost; /* only failed ones; of these only the lost ones */
    struct ae_expr *where;
    size_t n;
    struct key *keys; /* [n] to be forgotten; rows may share one, which then stands several times */
};

static bool is_chosen(const struct choice *choice, const struct ae_row *row)
{
    if (row->state == AE_ROW_MISSING || !ae_expr_holds(choice->where, &row->params))
        return false;
    if (row->state == AE_ROW_DONE)
        return !choice->is_failed && !choice->is_lost;
    return choice->is_failed || !choice->is_lost ||
           strncmp(row->reason, LOST_PREFIX, strlen(LOST_PREFIX)) == 0;
}

static enum ae_status choose(struct choice *choice, const char *dir, struct ae_error *err)
{
    struct ae_results *results = NULL;
    enum ae_status rc = ae_results_open(&results, dir, true, err);
    if (rc != AE_OK)
        return rc;
    size_t n = ae_results_size(results);
    choice->keys = ae_calloc(n, 1, sizeof *choice->keys);
    if (!choice->keys)
        rc = ae_fail_memory(err, n * sizeof *choice->keys);
    for (size_t i = 0; i < n && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc == AE_OK && is_chosen(choice, &row))
            choice->keys[choice->n++] =
                (struct key){row.point, row.stored_replicate, row.state == AE_ROW_FAILED};
    }
    ae_results_free(results);
    return rc;
}

/* What changed between the choice and the lock is left alone: a run has just computed it. */
static enum ae_status forget(const struct choice *choice, const char *dir, size_t *n_done,
                             size_t *n_failed, struct ae_error *err)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    struct ae_store *store = NULL;
    char *notice = NULL;
    enum ae_status rc = ae_store_open_run(&store, dir, &columns, &notice, err);
    if (notice)
        (void)fprintf(stderr, "aesweep retry: %s\n", notice);
    free(notice);
    for (size_t i = 0; i < choice->n && rc == AE_OK; i++) {
        const struct key *key = &choice->keys[i];
        enum ae_store_state state = AE_STORE_DONE;
        int level = 0;
        if (!ae_store_has(store, key->point, key->replicate, &state, &level) ||
            (state == AE_STORE_FAILED) != key->is_failed)
            continue;
        rc = ae_store_remove(store, key->point, key->replicate, err);
        *(key->is_failed ? n_failed : n_done) += rc == AE_OK;
    }
    struct ae_error close_error = {0};
    enum ae_status close_rc = ae_store_close(store, &close_error);
    if (rc == AE_OK && close_rc != AE_OK) {
        rc = close_rc;
        *err = close_error;
    }
    return rc;
}

static enum ae_status retry(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    const char *dir = args->positional[0], *condition = ae_args_value(args, "where");
    struct choice choice = {.is_failed = ae_args_has(args, "failed"),
                            .is_lost = ae_args_has(args, "lost")};
    size_t n_done = 0, n_failed = 0;
    if (!choice.is_failed && !choice.is_lost && !condition)
        return ae_fail(err, AE_EARG, "which results? --failed, --lost or --where EXPR");
    enum ae_status rc = AE_OK;
    if (condition && (rc = ae_expr_new(&choice.where, condition, err)) != AE_OK)
        (void)ae_error_prefix(err, "--where");
    if (rc == AE_OK)
        rc = choose(&choice, dir, err);
    if (rc == AE_OK)
        rc = forget(&choice, dir, &n_done, &n_failed, err);
    if (rc == AE_OK) {
        struct ae_buffer text = {0};
        ae_buffer_printf(&text, "forgot %zu result%s (%zu done, %zu failed) in %s\n",
                         n_done + n_failed, n_done + n_failed == 1 ? "" : "s", n_done, n_failed,
                         dir);
        *exit_code = ae_cli_print("retry", &text);
    }
    free(choice.keys);
    ae_expr_free(choice.where);
    return rc;
}

static int retry_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_retry, argc, argv, retry);
}

static const struct ae_option options[] = {
    {"failed", 0, NULL, "all results that failed"},
    {"lost", 0, NULL, "only those set aside because processes died while computing them"},
    {"where", 0, "EXPR", "these points: 'activation=erf, lr<=1, replicate=1'"},
    {0}};

const struct ae_command ae_command_retry = {
    .name = "retry",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "forget results, so that run computes them again",
    .notes = "--where alone forgets done results too; with --failed or --lost it narrows them.\n"
             "A result that several points share is forgotten for all of them. Refused while\n"
             "a run is going on in the folder.\n",
    .options = options,
    .main = retry_main,
};
