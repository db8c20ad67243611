/* Finding gnuplot and running it. */
#include "aesweep/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Replaces what `path` holds by FOLDER/gnuplot (an empty folder is the current one). */
static bool is_program(const char *folder, size_t n, struct ae_buffer *path)
{
    struct stat info;
    ae_buffer_rewind(path);
    ae_buffer_append(path, n > 0 ? folder : ".", n > 0 ? n : 1);
    ae_buffer_text(path, "/gnuplot");
    return !path->failed && stat(path->data, &info) == 0 && S_ISREG(info.st_mode) &&
           access(path->data, X_OK) == 0;
}

enum ae_status ae_gnuplot_find(struct ae_buffer *path, struct ae_error *err)
{
    const char *folders = getenv("PATH");
    while (folders) {
        size_t n = strcspn(folders, ":");
        if (is_program(folders, n, path))
            return AE_OK;
        folders = folders[n] == ':' ? folders + n + 1 : NULL;
    }
    enum ae_status rc = ae_buffer_status(path, err);
    return rc != AE_OK ? rc
                       : ae_fail(err, AE_EIO,
                                 "gnuplot is not in PATH, and pictures are drawn by it: install it "
                                 "(Debian, Ubuntu: apt-get install gnuplot-nox)");
}

/* In the child: everything it says goes into the pipe. Only what is safe after fork. */
static void become(const char *dir, char *const *argv, int said)
{
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(said, STDOUT_FILENO) >= 0 &&
        dup2(said, STDERR_FILENO) >= 0 && chdir(dir) == 0)
        (void)execv(argv[0], argv);
    static const char message[] = "it cannot be started\n";
    ssize_t n = write(said, message, sizeof message - 1);
    _exit(n > 0 ? 127 : 126);
}

/* All that is said until the pipe closes. */
static void listen_to(int pipe_end, struct ae_buffer *said)
{
    char block[512];
    for (;;) {
        ssize_t n = read(pipe_end, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        if (said->size < sizeof block)
            ae_buffer_append(said, block, (size_t)n);
    }
}

/* gnuplot shows the line it did not like with a caret below, then says why. */
static enum ae_status fail_run(const char *program, const struct ae_buffer *said,
                               struct ae_error *err)
{
    const char *text = said->data ? said->data : "";
    const char *why = strstr(text, "line ");
    why = why ? why : text + strspn(text, " \n\t^");
    return ae_fail(err, AE_EIO, "%s did not draw the picture: %.*s", program,
                   (int)strcspn(why, "\n"), why[0] ? why : "it says nothing");
}

static enum ae_status spawn(const char *program, const char *dir, char *const *argv,
                            struct ae_error *err)
{
    int ends[2], status = 0;
    struct ae_buffer said = {0};
    if (pipe(ends) != 0)
        return ae_fail(err, AE_EIO, "cannot run %s: %s", program, strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        become(dir, argv, ends[1]);
    }
    int fork_errno = errno;
    (void)close(ends[1]);
    if (child > 0)
        listen_to(ends[0], &said);
    (void)close(ends[0]);
    enum ae_status rc = AE_OK;
    if (child < 0)
        rc = ae_fail(err, AE_EIO, "cannot run %s: %s", program, strerror(fork_errno));
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR) {
            rc = ae_fail(err, AE_EIO, "lost %s: %s", program, strerror(errno));
            break;
        }
    if (rc == AE_OK && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        rc = fail_run(program, &said, err);
    ae_buffer_clear(&said);
    return rc;
}

enum ae_status ae_gnuplot_run(const char *program, const char *dir, const char *script,
                              const char *picture, struct ae_error *err)
{
    static const char defaults[] = "-d"; /* no settings of the user's own */
    static const char before[] = "-e";
    struct ae_buffer set = {0}, file = {0};
    ae_buffer_text(&set, "picture='");
    for (const char *c = picture; *c; c++) /* a quote in quotes is two */
        ae_buffer_append(&set, *c == '\'' ? "''" : c, *c == '\'' ? 2 : 1);
    ae_buffer_text(&set, "'");
    ae_buffer_printf(&file, "./%s", script); /* may begin with a dash */
    char *words[] = {ae_text_copy(program, strlen(program)), ae_text_copy(defaults, 2),
                     ae_text_copy(before, 2)};
    enum ae_status rc = ae_buffer_status(&set, err);
    if (rc == AE_OK)
        rc = ae_buffer_status(&file, err);
    if (rc == AE_OK && !(words[0] && words[1] && words[2]))
        rc = ae_fail_memory(err, strlen(program));
    if (rc == AE_OK) {
        char *argv[] = {words[0], words[1], words[2], set.data, file.data, NULL};
        rc = spawn(program, dir, argv, err);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        free(words[i]);
    ae_buffer_clear(&set);
    ae_buffer_clear(&file);
    return rc;
}
