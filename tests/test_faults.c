/*
 * Every command on a small sweep, in this process, where call number n = 1, 2, 3, ... of those that
 * ask for memory, or that touch files, fails: once, or from then on. Each ends with the right
 * result, or with a message and an exit status that fits, and gives all its memory back; then the
 * same command goes on, to the same bytes. The first n are tried and a sample of the others, in all
 * about AE_FAULTS of each kind, spread over all calls. Of single points it is every n.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sundials/sundials_context.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/cli/cli.h"
#include "../src/farm/farm_internal.h"
#include "aesweep/integrate.h"
#include "points.h"
#include "shims/failing.h"
#include "store_fixture.h"

/* ---- one rank without MPI: the Makefile puts these in the place of the farm's own ---- */

enum ae_status __wrap_ae_farm_new(struct ae_farm **farm, int *argc, char ***argv,
                                  struct ae_error *err);
void __wrap_ae_farm_free(struct ae_farm *farm);

static struct ae_farm alone;

enum ae_status __wrap_ae_farm_new(struct ae_farm **farm, int *argc, char ***argv,
                                  struct ae_error *err)
{
    (void)argc, (void)argv, (void)err;
    alone = (struct ae_farm){.size = 1, .host = "here", .mail.comm = MPI_COMM_NULL};
    *farm = &alone;
    return AE_OK;
}

void __wrap_ae_farm_free(struct ae_farm *farm)
{
    if (farm)
        free(farm->crash_path);
}

/* ---- SUNDIALS' own context, which it fills without a look at what malloc returns ---- */

int __real_SUNContext_Create(void *comm, SUNContext *context);
int __wrap_SUNContext_Create(void *comm, SUNContext *context);

int __wrap_SUNContext_Create(void *comm, SUNContext *context)
{
    failing_pause(true);
    int flag = __real_SUNContext_Create(comm, context);
    failing_pause(false);
    return flag;
}

/* ---- the commands ---- */

static const char sweep[] = "name: small\n"
                            "set: {D: 6, spikes: [2], time: 0.5, observe: [0.25], record: full, "
                            "epochs: true, init: 1}\n"
                            "grid: {lr: [0.01, 10]}\n"
                            "zip: [{engine: [ode, sgd], samples: [inf, 5], batch: [1, 10]}]\n"
                            "refine: {axes: [lr], levels: 1}\n";

static const char *const run_line[] = {"run", "sweep.yaml", "-o", "results", "-q", NULL};
static const char *const lines[][8] = {
    {"plan", "sweep.yaml", "-o", "results", NULL},
    {"status", "results", NULL},
    {"export", "results", "--format", "csv", "-o", "points.csv", NULL},
    {"trajectory", "results", "--format", "csv", "-o", "way.csv", NULL},
    {"table", "results", "--value", "excess", "-o", "table.txt", NULL},
    {"table", "results", "--boundary", "-o", "boundary.txt", NULL},
    {"report", "results", "-o", "page.html", NULL},
    {"merge", "-o", "merged", "results", "results", NULL},
};
enum { N_LINES = sizeof lines / sizeof *lines };
static const char *const products[] = {"points.csv", "way.csv", "table.txt", "boundary.txt"};
enum { N_PRODUCTS = sizeof products / sizeof *products };

static int command(const char *const *line)
{
    char words[8][16], *argv[9];
    int argc = 0;
    for (; line[argc]; argc++) {
        (void)snprintf(words[argc], sizeof words[argc], "%s", line[argc]);
        argv[argc] = words[argc];
    }
    argv[argc] = NULL;
    return ae_command_find(line[0])->main(argc, argv);
}

/* All commands, until one does not return 0. */
static int all_commands(void)
{
    int code = command(run_line);
    for (size_t i = 0; i < N_LINES && code == AE_EXIT_DONE; i++)
        code = command(lines[i]);
    return code;
}

/* ---- in a process of its own ---- */

struct outcome {
    int code, signal; /* of all commands; what killed the process, or 0 */
    struct failing_report report;
};

static struct outcome try(enum failing_kind kind, uint64_t at, bool is_lasting)
{
    struct outcome outcome = {.code = -1};
    int report[2], status = 0;
    (void)list_dir("merged", true);
    (void)rmdir("merged");
    assert_int_equal(pipe(report), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int messages = open("messages", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int null = open("/dev/null", O_WRONLY);
        if (messages < 0 || null < 0 || dup2(messages, 2) < 0 || dup2(null, 1) < 0)
            _exit(1);
        failing_start(kind, at, is_lasting);
        outcome.code = all_commands();
        failing_stop(&outcome.report);
        _exit(write(report[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
    }
    (void)close(report[1]);
    ssize_t n = read(report[0], &outcome, sizeof outcome);
    (void)close(report[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (n != sizeof outcome || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
    return outcome;
}

static void read_text(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(text, 1, size - 1, file) : 0;
    text[n] = '\0';
    if (file)
        (void)fclose(file);
}

static uint64_t n_complaints;

static void complain(const char *what, enum failing_kind kind, uint64_t at, bool is_lasting)
{
    enum { MOST = 10 };
    if (++n_complaints > MOST)
        return;
    static char messages[4000];
    read_text("messages", messages, sizeof messages);
    print_error("%s when %s %llu%s fails; messages:\n%s\n", what,
                kind == FAILING_MEMORY ? "request for memory" : "use of files",
                (unsigned long long)at, is_lasting ? " and every later one" : "", messages);
}

/* Removes what is there of a merger that was not completed; is there anything? */
static bool has_litter(void)
{
    DIR *here = opendir(".");
    const struct dirent *entry = NULL;
    bool has = false;
    assert_non_null(here);
    while ((entry = readdir(here)))
        if (strncmp(entry->d_name, "merged.", strlen("merged.")) == 0) {
            has = true;
            (void)list_dir(entry->d_name, true);
            (void)rmdir(entry->d_name);
        }
    (void)closedir(here);
    return has;
}

/* ---- the right results ---- */

static char right[N_PRODUCTS][20000];

static bool is_right(void)
{
    static char text[20000];
    bool is_good = true;
    for (size_t i = 0; i < N_PRODUCTS; i++) {
        read_text(products[i], text, sizeof text);
        is_good = is_good && strcmp(text, right[i]) == 0;
    }
    return is_good;
}

static void start_afresh(void)
{
    (void)list_dir("results", true);
    (void)rmdir("results");
    for (size_t i = 0; i < N_PRODUCTS; i++)
        (void)unlink(products[i]);
}

/* Did points fail, and all for that reason? Then that is their result. */
static bool has_points_without_memory(const struct outcome *outcome)
{
    char text[4000];
    if (outcome->code != AE_EXIT_FAILED || command(lines[2]) != AE_EXIT_DONE)
        return false;
    read_text(products[0], text, sizeof text);
    size_t n_failed = 0, n_memory = 0;
    for (const char *at = text; (at = strstr(at, "failed")); at++)
        n_failed++;
    for (const char *at = text; (at = strstr(at, "memory")); at++)
        n_memory++;
    return n_failed > 0 && n_memory >= n_failed;
}

/* What fails inside a library may leave a block there: gsl_matrix_alloc forgets its first. */
static bool is_all_given_back(const struct failing_report *report)
{
    return report->n_own <= 0 && report->n_blocks <= (report->is_library ? 1 : 0);
}

static void check_fault(enum failing_kind kind, uint64_t at, bool is_lasting)
{
    char messages[4000];
    start_afresh();
    struct outcome outcome = try(kind, at, is_lasting);
    if (outcome.signal != 0)
        complain("a crash", kind, at, is_lasting);
    if (outcome.signal == 0 && !is_all_given_back(&outcome.report))
        complain("memory is not given back", kind, at, is_lasting);
    if (has_litter() && (kind == FAILING_MEMORY || !is_lasting))
        complain("a part of a merger is left", kind, at, is_lasting);
    read_text("messages", messages, sizeof messages);
    if (outcome.code == AE_EXIT_FAILED) {
        if (kind != FAILING_MEMORY || !has_points_without_memory(&outcome))
            complain("points fail for another reason", kind, at, is_lasting);
        return;
    }
    if (outcome.code == AE_EXIT_DONE && !is_right())
        complain("wrong results", kind, at, is_lasting);
    if (outcome.code != AE_EXIT_DONE && outcome.code != AE_EXIT_SYSTEM)
        complain("another exit status", kind, at, is_lasting);
    if (outcome.code != AE_EXIT_DONE &&
        (!messages[0] || (kind == FAILING_MEMORY && !strstr(messages, "memory"))))
        complain("no clear message", kind, at, is_lasting);
    outcome = try(kind, 0, false);
    if (outcome.code != AE_EXIT_DONE || outcome.signal != 0 || !is_right())
        complain("the next run does not go on", kind, at, is_lasting);
}

static void check_faults(enum failing_kind kind, bool is_lasting)
{
#ifdef __SANITIZE_ADDRESS__
    enum { N_FIRST = 10, N_SAMPLE = 12 }; /* a process takes ten times as long */
#else
    enum { N_FIRST = 25, N_SAMPLE = 30 };
#endif
    const char *asked = getenv("AE_FAULTS");
    unsigned long wanted = asked ? strtoul(asked, NULL, 10) : N_SAMPLE;
    assert_true(wanted > 0);
    start_afresh();
    struct outcome outcome = try(kind, 0, false);
    assert_int_equal(outcome.code, AE_EXIT_DONE);
    assert_int_equal(outcome.report.n_own, 0);
    assert_true(outcome.report.n_blocks <= 0); /* strdup of a sanitizer does not come by */
    n_complaints = 0;
    assert_true(outcome.report.n_calls > 100);
    uint64_t step = outcome.report.n_calls / wanted + 1;
    for (uint64_t at = 1; at <= outcome.report.n_calls;) {
        check_fault(kind, at, is_lasting);
        at += at < N_FIRST ? 1 : 1 + at * 7919 % (2 * step - 1); /* on average `step` */
    }
    assert_int_equal(n_complaints, 0);
}

static void memory_fails_once(void **state)
{
    (void)state;
    check_faults(FAILING_MEMORY, false);
}

static void memory_runs_out(void **state)
{
    (void)state;
    check_faults(FAILING_MEMORY, true);
}

static void files_fail_once(void **state)
{
    (void)state;
    check_faults(FAILING_FILES, false);
}

static void files_fail_for_good(void **state)
{
    (void)state;
    check_faults(FAILING_FILES, true);
}

/* ---- single points, where every request for memory is tried ---- */

static void rotate(void *ctx, double s, const double *y, double *dyds)
{
    (void)ctx, (void)s;
    dyds[0] = y[1];
    dyds[1] = -y[0];
}

static void see_nothing(void *ctx, size_t j, double s, const double *y)
{
    (void)ctx, (void)j, (void)s, (void)y;
}

static bool go_on(void *ctx)
{
    (void)ctx;
    return false;
}

/* An integration without equations of Newton's method; the engine has always some. */
static enum ae_status integrate(const struct ae_params *p, struct ae_error *err)
{
    const struct ae_ode ode = {.dim = 2, .rhs = rotate, .see = see_nothing, .should_stop = go_on};
    struct ae_ode_work work;
    double y[2] = {1.0, 0.0};
    return ae_integrate((enum ae_integrator)p->integrator, &ode, 1e-3, 1, (double[]){1.0}, y, &work,
                        err);
}

static enum ae_status run_engine(const struct ae_params *p, struct ae_error *err)
{
    struct ae_host host = {.should_stop = go_on};
    struct ae_record record = {0};
    enum ae_status rc = ae_engine_run(p, &host, &record, err);
    ae_record_clear(&record);
    return rc;
}

typedef enum ae_status point_fn(const struct ae_params *p, struct ae_error *err);

/* Whichever request fails, the point does for want of memory and says so. */
static void check_every_request(point_fn *run, const char *text, bool is_lasting)
{
    struct ae_params p = point_of(text);
    struct failing_report report;
    bool is_past = false;
    for (uint64_t at = 1; !is_past; at++) {
        struct ae_error err = {.message = ""};
        failing_start(FAILING_MEMORY, at, is_lasting);
        enum ae_status rc = run(&p, &err);
        failing_stop(&report);
        is_past = at > report.n_calls;
        if (rc != (is_past ? AE_OK : AE_ENOMEM) || !is_all_given_back(&report) ||
            (!is_past && !strstr(err.message, "memory")))
            fail_msg("%s, request %llu%s: status %d (%s), %lld blocks left, %lld of them own", text,
                     (unsigned long long)at, is_lasting ? " and all after it" : "", (int)rc,
                     err.message, (long long)report.n_blocks, (long long)report.n_own);
    }
    assert_true(report.n_calls > 5);
}

/* GSL's integrators are left out: what GSL 2.7 asks for in every step it does not look at. */
static void points_without_memory(void **state)
{
    (void)state;
    static const char *const points[] = {"D=6 time=0.5", "D=6 time=0.5 engine=sgd"};
    for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
        for (size_t i = 0; i < sizeof points / sizeof *points; i++)
            check_every_request(run_engine, points[i], is_lasting);
        check_every_request(integrate, points[0], is_lasting);
    }
}

/* A folder to work in, the right results, and libraries that have taken what they take once. */
static int set_up(void **state)
{
    static char out[1 << 16];
    if (make_dir(state) != 0 || chdir(*state) != 0 || setvbuf(stdout, out, _IOFBF, sizeof out) != 0)
        return -1;
    write_file("sweep.yaml", sweep);
    if (all_commands() != AE_EXIT_DONE)
        return -1;
    for (size_t i = 0; i < N_PRODUCTS; i++) {
        read_text(products[i], right[i], sizeof right[i]);
        if (!right[i][0])
            return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    start_afresh();
    return chdir("/") == 0 ? remove_dir(state) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_without_memory), cmocka_unit_test(memory_fails_once),
        cmocka_unit_test(memory_runs_out),       cmocka_unit_test(files_fail_once),
        cmocka_unit_test(files_fail_for_good),
    };
    (void)gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("faults", tests, set_up, tear_down);
}
