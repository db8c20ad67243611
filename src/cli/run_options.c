/* The options of run that say how long it goes on and what it does about long and lost points. */
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/campaign.h"

#define CHECKPOINT_S   60.0
#define SLURM_MARGIN_S 30.0 /* before Slurm's own signals come */
enum { MAX_LOST = 3 };

/* ---- durations and times ---- */

static double unit_of(char letter)
{
    switch (letter) {
    case 's':
        return 1.0;
    case 'm':
        return 60.0;
    case 'h':
        return 3600.0;
    case 'd':
        return 86400.0;
    default:
        return 0.0;
    }
}

bool ae_duration_read(const char *text, double *seconds)
{
    double sum = 0.0, last_unit = (double)INFINITY;
    const char *at = text;
    while (*at) {
        size_t n = strspn(at, "0123456789.");
        char *end = NULL;
        double number = n > 0 ? strtod(at, &end) : 0.0;
        if (n == 0 || end != at + n)
            return false;
        double unit = *end == '\0' && at == text ? 1.0 : unit_of(*end);
        if (unit == 0.0 || unit >= last_unit)
            return false;
        sum += number * unit;
        last_unit = unit;
        at = *end ? end + 1 : end;
    }
    *seconds = sum;
    return at != text && isfinite(sum);
}

static bool read_clock(const char *text, struct tm *out)
{
    int h = 0, min = 0, s = 0, n_min = 0, n_s = 0;
    if (strspn(text, "0123456789:") != strlen(text) ||
        sscanf(text, "%2d:%2d%n:%2d%n", &h, &min, &n_min, &s, &n_s) < 2)
        return false;
    out->tm_hour = h;
    out->tm_min = min;
    out->tm_sec = s;
    return text[n_s > 0 ? n_s : n_min] == '\0' && h < 24 && min < 60 && s < 60;
}

static bool read_date(const char *text, struct tm *out)
{
    int year = 0, month = 0, day = 0, n = 0;
    if (strspn(text, "0123456789-T :") != strlen(text) ||
        sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3 || n != 10)
        return false;
    *out = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    return text[n] == '\0' || ((text[n] == 'T' || text[n] == ' ') && read_clock(text + n + 1, out));
}

bool ae_time_read(const char *text, time_t now, time_t *out)
{
    struct tm date = {0};
    if (read_date(text, &date)) {
        int day = date.tm_mday;
        *out = mktime(&date);
        return *out != (time_t)-1 && date.tm_mday == day; /* no 30 February */
    }
    if (!localtime_r(&now, &date) || !read_clock(text, &date))
        return false;
    date.tm_isdst = -1;
    *out = mktime(&date);
    if (*out <= now) {
        date.tm_mday++;
        date.tm_isdst = -1;
        *out = mktime(&date);
    }
    return *out != (time_t)-1;
}

/* ---- options ---- */

static enum ae_status read_duration(const struct ae_args *args, const char *name, double *seconds,
                                    struct ae_error *err)
{
    const char *text = ae_args_value(args, name);
    if (text && (!ae_duration_read(text, seconds) || !(*seconds > 0.0)))
        return ae_fail(err, AE_EARG,
                       "--%s: '%.60s' is not a duration above 0; allowed: seconds, or numbers with "
                       "s, m, h or d, such as 90, 1.5h, 1h30m",
                       name, text);
    return AE_OK;
}

static enum ae_status read_until(const struct ae_args *args, double *limit_s, struct ae_error *err)
{
    const char *text = ae_args_value(args, "until");
    time_t now = time(NULL), then = 0;
    if (!text)
        return AE_OK;
    if (!ae_time_read(text, now, &then))
        return ae_fail(err, AE_EARG,
                       "--until: '%.60s' is not a time; allowed: 2026-11-24T08:00, 2026-11-24 "
                       "08:00:30, 2026-11-24, or 08:00 for the next one (local time)",
                       text);
    if (then <= now)
        return ae_fail(err, AE_EARG, "--until: '%.60s' is in the past", text);
    *limit_s = fmin(*limit_s, difftime(then, now));
    return AE_OK;
}

/* Slurm's word is not the user's: what it says is taken if it can be, and never an error. */
static void read_slurm(double *limit_s)
{
    const char *text = getenv("SLURM_JOB_END_TIME");
    if (!text || !*text || strspn(text, "0123456789") != strlen(text))
        return;
    double left_s = strtod(text, NULL) - (double)time(NULL) - SLURM_MARGIN_S;
    *limit_s = fmin(*limit_s, fmax(left_s, 0.0));
}

static enum ae_status read_max_lost(const struct ae_args *args, size_t *max_lost,
                                    struct ae_error *err)
{
    const char *text = ae_args_value(args, "max-lost");
    if (text && (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text)))
        return ae_fail(err, AE_EARG, "--max-lost: '%.60s' is not allowed; allowed: 0, 1, 2, ...",
                       text);
    if (text)
        *max_lost = (size_t)strtoul(text, NULL, 10);
    return AE_OK;
}

enum ae_status ae_run_options(const struct ae_args *args, struct ae_campaign_rules *rules,
                              struct ae_error *err)
{
    rules->limit_s = (double)INFINITY;
    rules->checkpoint_s = CHECKPOINT_S;
    rules->max_lost = MAX_LOST;
    rules->is_unfolded = ae_args_has(args, "no-fold");
    enum ae_status rc = read_duration(args, "for", &rules->limit_s, err);
    if (rc == AE_OK)
        rc = read_until(args, &rules->limit_s, err);
    if (rc == AE_OK)
        rc = read_duration(args, "checkpoint", &rules->checkpoint_s, err);
    if (rc == AE_OK)
        rc = read_max_lost(args, &rules->max_lost, err);
    read_slurm(&rules->limit_s);
    return rc;
}
