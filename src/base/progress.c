/* Progress and durations as text. */
#include "aesweep/progress.h"

#include <math.h>

void ae_duration_format(double seconds, struct ae_buffer *out)
{
    if (!(seconds >= 0.0 && seconds < 1e10)) {
        ae_buffer_text(out, "?");
        return;
    }
    if (seconds < 9.95) {
        ae_buffer_printf(out, "%.2g s", seconds);
        return;
    }
    long s = lround(seconds), min = s / 60, h = min / 60, d = h / 24;
    if (s < 120)
        ae_buffer_printf(out, "%ld s", s);
    else if (h < 2)
        ae_buffer_printf(out, "%ld min %ld s", min, s % 60);
    else if (d < 2)
        ae_buffer_printf(out, "%ld h %ld min", h, min % 60);
    else
        ae_buffer_printf(out, "%ld d %ld h", d, h % 24);
}

void ae_progress_format(const struct ae_progress *progress, struct ae_buffer *out)
{
    ae_buffer_printf(out, "%zu/%zu points", progress->n_there, progress->n_total);
    if (progress->rate > 0.0)
        ae_buffer_printf(out, ", %.3g/s", progress->rate);
    if (isfinite(progress->left_s) && progress->n_there < progress->n_total) {
        ae_buffer_text(out, ", ");
        ae_duration_format(progress->left_s, out);
        ae_buffer_text(out, " left");
    }
    if (progress->n_failed > 0)
        ae_buffer_printf(out, ", %zu failed", progress->n_failed);
}
