/* aesweep verify: computes stored results once more, and compares bit for bit. Like run it may be
 * started under mpirun. */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/farm.h"
#include "aesweep/number.h"
#include "aesweep/point.h"
#include "aesweep/record.h"
#include "aesweep/verify.h"

/* `1%` or a number of results. */
static enum ae_status read_sample(const char *text, struct ae_verify_sample *sample,
                                  struct ae_error *err)
{
    size_t n = strlen(text);
    bool is_percent = n > 0 && text[n - 1] == '%';
    char *number = ae_text_copy(text, is_percent ? n - 1 : n);
    double x = 0.0;
    if (!number)
        return ae_fail_memory(err, n);
    bool is_good = ae_number_parse(number, &x) && x > 0.0;
    free(number);
    if (is_percent)
        sample->fraction = x / 100.0;
    else
        sample->n = is_good && x < 1e15 ? (size_t)x : 0;
    is_good = is_good && (is_percent ? x <= 100.0 : x < 1e15 && x == (double)sample->n);
    return is_good ? AE_OK
                   : ae_fail(err, AE_EARG,
                             "--sample: '%.60s' is not allowed; allowed: a share such as 1%%, or "
                             "a number of results",
                             text);
}

static enum ae_status read_options(const struct ae_args *args, struct ae_verify_sample *sample,
                                   struct ae_error *err)
{
    const char *text = ae_args_value(args, "sample"), *seed = ae_args_value(args, "seed");
    sample->seed = 1;
    if (seed) {
        char *end = NULL;
        errno = 0;
        sample->seed = strtoull(seed, &end, 10);
        if (errno != 0 || seed[0] < '0' || seed[0] > '9' || *end != '\0')
            return ae_fail(err, AE_EARG, "--seed: '%.60s' is not a whole number", seed);
    }
    return read_sample(text ? text : "1%", sample, err);
}

static enum ae_status open_results(const char *dir, const struct ae_verify_sample *sample,
                                   struct ae_store **store, struct ae_verify **verify,
                                   struct ae_error *err)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    enum ae_status rc = ae_store_open_read(store, dir, &columns, err);
    if (rc != AE_OK)
        return rc;
    rc = ae_verify_new(verify, *store, sample, err);
    if (rc != AE_OK)
        (void)ae_error_prefix(err, "%s", dir);
    return rc;
}

static int print_counts(const struct ae_verify *verify, const char *dir, uint64_t seed)
{
    struct ae_verify_counts counts = ae_verify_counts_of(verify);
    struct ae_buffer text = {0};
    size_t n_left = counts.n_chosen - counts.n_same - counts.n_changed - counts.n_foreign;
    ae_buffer_text(&text, ae_verify_differences(verify));
    ae_buffer_printf(&text,
                     "%zu of %zu results in %s, computed once more (sample seed %" PRIu64 ")\n",
                     counts.n_chosen, counts.n_done, dir, seed);
    ae_buffer_printf(&text, "  same       %zu\n  different  %zu\n", counts.n_same,
                     counts.n_changed);
    if (counts.n_foreign > 0)
        ae_buffer_printf(&text,
                         "  foreign    %zu (of another seed or version of the physics: not "
                         "checked)\n",
                         counts.n_foreign);
    if (n_left > 0)
        ae_buffer_printf(&text, "  left       %zu\n", n_left);
    int code = ae_cli_print("verify", &text);
    if (code != AE_EXIT_DONE || counts.n_changed == 0)
        return code;
    return AE_EXIT_FAILED;
}

/* Rank 0. The other ranks wait to hear whether there is something to do. */
static enum ae_status lead(struct ae_farm *farm, const struct ae_args *args, int *exit_code,
                           struct ae_error *err)
{
    struct ae_verify_sample sample = {0};
    struct ae_store *store = NULL;
    struct ae_verify *verify = NULL;
    struct ae_error agree_error = {0};
    enum ae_status rc = read_options(args, &sample, err);
    if (rc == AE_OK)
        rc = open_results(args->positional[0], &sample, &store, &verify, err);
    int go_on = rc == AE_OK;
    enum ae_status agree_rc = ae_farm_agree(farm, &go_on, &agree_error);
    if (rc == AE_OK && agree_rc != AE_OK) {
        rc = agree_rc;
        *err = agree_error;
    }
    if (rc == AE_OK) {
        struct ae_farm_source source = ae_verify_source(verify);
        rc = ae_farm_run(farm, ae_point_run, NULL, &source, err);
        if (rc == AE_OK)
            rc = ae_verify_status(verify, err);
        if (rc == AE_OK || rc == AE_ESTOP)
            *exit_code = print_counts(verify, args->positional[0], sample.seed);
    }
    ae_verify_free(verify);
    (void)ae_store_close(store, NULL); /* opened for reading */
    return rc;
}

static int verify_main(int argc, char **argv)
{
    struct ae_error err = {0};
    struct ae_farm *farm = NULL;
    struct ae_args args = {0};
    int code = AE_EXIT_DONE, go_on = 0;
    enum ae_status rc = ae_farm_new(&farm, &argc, &argv, &err);
    if (rc != AE_OK)
        return ae_cli_finish("verify", rc, &err);
    if (ae_farm_rank(farm) > 0) {
        if (ae_farm_agree(farm, &go_on, NULL) == AE_OK && go_on)
            (void)ae_farm_run(farm, ae_point_run, NULL, NULL, NULL);
    } else {
        rc = ae_args_parse(&args, &ae_command_verify, argc, argv, &err);
        if (rc == AE_OK)
            rc = lead(farm, &args, &code, &err);
        else
            (void)ae_farm_agree(farm, &go_on, NULL);
        if (rc != AE_OK)
            code = ae_cli_finish("verify", rc, &err);
        ae_args_clear(&args);
    }
    ae_farm_free(farm);
    return code;
}

static const struct ae_option options[] = {
    {"sample", 0, "1%|N", "how many of the done results: a share, or a number (default 1%)"},
    {"seed", 0, "S", "chooses which ones (default 1; the same seed, the same sample)"},
    {0}};

const struct ae_command ae_command_verify = {
    .name = "verify",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "compute a sample of the results once more, and compare bit for bit",
    .notes = "Compared are all numbers and all that is kept of the way. Works under mpirun,\n"
             "like run, and while a run is going on. Exit status 3 if a result is not the\n"
             "same; those are shown with their parameters and both values.\n",
    .options = options,
    .main = verify_main,
};
