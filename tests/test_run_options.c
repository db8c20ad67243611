/* Durations and times as users write them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/cli/cli.h"
#include "aesweep/campaign.h"

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"90", 90},  {"0.5", 0.5},         {"2h", 7200},    {"90m", 5400},
                {"30s", 30}, {"1h30m", 5400},      {"1d", 86400},   {"1.5h", 5400},
                {"0", 0},    {"2d3h4m5s", 183845}, {"1m0.5s", 60.5}};
    static const char *const bad[] = {"",     "h",   "2x",  "-1",   "1h 30m", "30m1h", "1h2h",
                                      "1h30", "inf", "nan", "1..5", "1e3",    "0x10",  "2H"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double seconds = -1.0;
        if (!ae_duration_read(good[i].text, &seconds) || seconds != good[i].seconds)
            fail_msg("%s: got %g", good[i].text, seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double seconds = -1.0;
        if (ae_duration_read(bad[i], &seconds))
            fail_msg("%s was taken for %g s", bad[i], seconds);
    }
}

/* 2026-06-15 was a Monday; 12:00:00 UTC is 1781524800. */
static void test_times(void **state)
{
    (void)state;
    static const time_t noon = 1781524800;
    static const struct {
        const char *text;
        long after_noon;
    } good[] = {{"2026-06-15T12:00", 0}, {"2026-06-15 12:00:30", 30},
                {"2026-06-16", 43200},   {"2026-06-15T13:05:07", 3907},
                {"12:01", 60},           {"13:00:05", 3605},
                {"11:59", 86340},        {"12:00", 86400},
                {"00:00", 43200}};
    static const char *const bad[] = {"",
                                      "noon",
                                      "25:00",
                                      "12:60",
                                      "12",
                                      "2026-6-15",
                                      "2026-13-01",
                                      "2026-02-30",
                                      "2026-06-15T",
                                      "12:00x",
                                      "2026-06-15T12:00Z",
                                      "12:00:61"};
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        time_t then = 0;
        if (!ae_time_read(good[i].text, noon, &then) || then - noon != good[i].after_noon)
            fail_msg("%s: got %ld s after noon", good[i].text, (long)(then - noon));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        time_t then = 0;
        if (ae_time_read(bad[i], noon, &then))
            fail_msg("%s was taken for a time", bad[i]);
    }
}

/* An hour that a clock change leaves out or doubles is still about a day away. */
static void test_local_time(void **state)
{
    (void)state;
    (void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    time_t then = 0, now = 1781524800; /* 14:00 in summer */
    assert_true(ae_time_read("15:00", now, &then) && then - now == 3600);
    assert_true(ae_time_read("2026-06-15T14:30", now, &then) && then - now == 1800);
    now = 1792886400; /* 2026-10-25 02:00 CEST; the clock goes back at 03:00 */
    assert_true(ae_time_read("04:00", now, &then) && then - now == 3 * 3600);
    (void)setenv("TZ", "UTC0", 1);
    tzset();
}

static enum ae_status parse(struct ae_campaign_rules *rules, struct ae_error *err, int argc,
                            const char *const *words)
{
    char name[] = "run", file[] = "x.yaml", copy[4][64];
    char *argv[6] = {name, file};
    struct ae_args args;
    for (int i = 0; i < argc; i++) {
        (void)snprintf(copy[i], sizeof copy[i], "%s", words[i]);
        argv[i + 2] = copy[i];
    }
    enum ae_status rc = ae_args_parse(&args, &ae_command_run, argc + 2, argv, err);
    if (rc == AE_OK)
        rc = ae_run_options(&args, rules, err);
    ae_args_clear(&args);
    return rc;
}

static void test_options(void **state)
{
    (void)state;
    struct ae_campaign_rules rules;
    struct ae_error err = {0};
    (void)unsetenv("SLURM_JOB_END_TIME");
    assert_int_equal(parse(&rules, &err, 0, NULL), AE_OK);
    assert_true(isinf(rules.limit_s) && rules.checkpoint_s == 60.0 && rules.max_lost == 3);
    assert_int_equal(parse(&rules, &err, 3,
                           (const char *const[]){"--for=2h", "--checkpoint=0.2", "--max-lost=0"}),
                     AE_OK);
    assert_true(rules.limit_s == 7200.0 && rules.checkpoint_s == 0.2 && rules.max_lost == 0);
    static const char *const bad[] = {"--for=0",          "--for=soon",      "--until=2001-01-01",
                                      "--until=tomorrow", "--checkpoint=0",  "--checkpoint=-1",
                                      "--max-lost=-1",    "--max-lost=many", "--max-lost="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(&rules, &err, 1, &bad[i]), AE_EARG);
        assert_non_null(strstr(err.message, "--"));
    }
}

/* The earliest end counts; a Slurm job is left half a minute before it ends. */
static void test_slurm(void **state)
{
    (void)state;
    struct ae_campaign_rules rules;
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)time(NULL) + 1030);
    (void)setenv("SLURM_JOB_END_TIME", text, 1);
    assert_int_equal(parse(&rules, NULL, 1, (const char *const[]){"--for=1h"}), AE_OK);
    assert_true(rules.limit_s > 900.0 && rules.limit_s <= 1000.0);
    assert_int_equal(parse(&rules, NULL, 1, (const char *const[]){"--for=5"}), AE_OK);
    assert_true(rules.limit_s == 5.0);
    (void)setenv("SLURM_JOB_END_TIME", "1000000", 1); /* over */
    assert_int_equal(parse(&rules, NULL, 0, NULL), AE_OK);
    assert_true(rules.limit_s == 0.0);
    (void)setenv("SLURM_JOB_END_TIME", "UNLIMITED", 1);
    assert_int_equal(parse(&rules, NULL, 0, NULL), AE_OK);
    assert_true(isinf(rules.limit_s));
    (void)unsetenv("SLURM_JOB_END_TIME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),  cmocka_unit_test(test_times),
        cmocka_unit_test(test_local_time), cmocka_unit_test(test_options),
        cmocka_unit_test(test_slurm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
