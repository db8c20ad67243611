/*
 * Signals: those that ask for a stop, and those of a crash. A process that crashes inside a job
 * leaves a line in the folder it was told of, so that the next run knows which job it was:
 *
 *   crash.RANK  `signal N rank R host H: NAME`, NAME being what the job was called
 *
 * Then the handler that was there before (MPI's, a sanitizer's, the default) has its turn.
 */
#include "farm_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    int number;
    bool respect_ignored; /* nohup, and a shell's `&`, start programs that ignore these */
} stop_signals[AE_N_STOP_SIGNALS] = {
    {SIGUSR1, false}, {SIGTERM, false}, {SIGINT, true}, {SIGHUP, true}};

static const int crash_signals[AE_N_CRASH_SIGNALS] = {SIGSEGV, SIGFPE, SIGBUS, SIGILL, SIGABRT};

/* What handlers see: the only writable global. */
static struct {
    volatile sig_atomic_t stop_requested;
    const struct ae_farm *volatile farm; /* where reports of a crash go; NULL: nowhere */
    const struct ae_sink *volatile job;  /* that runs now; NULL: none */
} seen;

static void on_stop(int number)
{
    (void)number;
    seen.stop_requested = 1;
}

void ae_farm_request_stop(void)
{
    seen.stop_requested = 1;
}

bool ae_stop_is_requested(void)
{
    return seen.stop_requested != 0;
}

/* ---- crashes: nothing here that is not async-signal-safe ---- */

struct line {
    char text[1024];
    size_t n;
};

static void add_text(struct line *line, const char *text)
{
    while (*text && line->n < sizeof line->text)
        line->text[line->n++] = *text++;
}

static void add_number(struct line *line, unsigned number)
{
    if (number >= 10)
        add_number(line, number / 10);
    const char digit[2] = {(char)('0' + number % 10), '\0'};
    add_text(line, digit);
}

static void write_report(const struct ae_farm *farm, const char *name, int number)
{
    struct line line = {.n = 0};
    add_text(&line, "signal ");
    add_number(&line, (unsigned)number);
    add_text(&line, " rank ");
    add_number(&line, (unsigned)farm->rank);
    add_text(&line, " host ");
    add_text(&line, farm->host);
    add_text(&line, ": ");
    add_text(&line, name);
    add_text(&line, "\n");
    /* Nothing can be done about a failure, and the line on stderr tells as well. */
    int fd = open(farm->crash_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    ssize_t n = fd >= 0 ? write(fd, line.text, line.n) : 0;
    n += write(STDERR_FILENO, "aesweep run: crash, ", 20);
    n += write(STDERR_FILENO, line.text, line.n);
    if (fd >= 0 && n > 0)
        (void)fsync(fd);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)context;
    int saved_errno = errno;
    const struct ae_farm *farm = seen.farm;
    const struct ae_sink *job = seen.job;
    seen.job = NULL; /* one report is enough */
    if (farm && job && farm->crash_path)
        write_report(farm, job->name, number);
    for (size_t i = 0; farm && i < AE_N_CRASH_SIGNALS; i++)
        if (crash_signals[i] == number)
            (void)sigaction(number, &farm->crash_before[i], NULL);
    /* A fault happens again on return; a signal that somebody sent does not. */
    if (info->si_code <= 0)
        (void)raise(number);
    errno = saved_errno;
}

void ae_signals_enter_job(const struct ae_sink *sink)
{
    seen.job = sink;
}

void ae_signals_leave_job(void)
{
    seen.job = NULL;
}

/* ---- catching and restoring ---- */

static enum ae_status fail_signal(int number, struct ae_error *err)
{
    return ae_fail(err, AE_EINTERNAL, "signal %d: %s", number, strerror(errno));
}

enum ae_status ae_signals_catch(struct ae_farm *farm, struct ae_error *err)
{
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    struct sigaction crash = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO};
    (void)sigemptyset(&stop.sa_mask); /* fails for no set that exists */
    (void)sigemptyset(&crash.sa_mask);
    for (size_t i = 0; i < AE_N_STOP_SIGNALS; i++) {
        int number = stop_signals[i].number;
        if (sigaction(number, NULL, &farm->before[i]) != 0)
            return fail_signal(number, err);
        if (stop_signals[i].respect_ignored && farm->before[i].sa_handler == SIG_IGN)
            continue;
        if (sigaction(number, &stop, NULL) != 0)
            return fail_signal(number, err);
        farm->is_handled[i] = true;
    }
    seen.farm = farm;
    for (size_t i = 0; i < AE_N_CRASH_SIGNALS; i++) {
        if (sigaction(crash_signals[i], &crash, &farm->crash_before[i]) != 0)
            return fail_signal(crash_signals[i], err);
        farm->is_crash_handled[i] = true;
    }
    return AE_OK;
}

void ae_signals_restore(struct ae_farm *farm)
{
    for (size_t i = 0; i < AE_N_STOP_SIGNALS; i++)
        if (farm->is_handled[i])
            (void)sigaction(stop_signals[i].number, &farm->before[i], NULL); /* valid before */
    for (size_t i = 0; i < AE_N_CRASH_SIGNALS; i++)
        if (farm->is_crash_handled[i])
            (void)sigaction(crash_signals[i], &farm->crash_before[i], NULL);
    seen.farm = NULL;
}
