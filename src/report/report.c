/* One page: the frame in page/page.html with what stands for its {{names}}. */
#include "report_internal.h"

#include <string.h>

#include "aesweep/origin.h"
#include "report_assets.h"

enum { AROUND = 200000 }; /* bytes of a page beside its data and the sweep */

static enum ae_status put_part(const char *name, size_t n, struct ae_results *results,
                               struct ae_buffer *out, struct ae_error *err)
{
    const struct ae_sweep *sweep = ae_results_sweep(results);
    enum ae_status rc = AE_OK;
    struct ae_buffer text = {0};
    if (strncmp(name, "name", n) == 0) {
        ae_report_escape(ae_sweep_name(sweep), out);
    } else if (strncmp(name, "origin", n) == 0) {
        rc = ae_origin_text(sweep, &text, err);
        ae_report_escape(text.data ? text.data : "", out);
    } else if (strncmp(name, "style", n) == 0) {
        ae_buffer_text(out, (const char *)ae_report_page_css);
    } else if (strncmp(name, "script", n) == 0) {
        ae_buffer_text(out, (const char *)ae_report_page_js);
    } else if (strncmp(name, "sections", n) == 0) {
        rc = ae_report_sections(results, out, err);
    } else if (strncmp(name, "data", n) == 0) {
        size_t used = out->size + AROUND;
        rc = ae_report_data(results, used < AE_REPORT_BYTES ? AE_REPORT_BYTES - used : 0, out, err);
    } else {
        rc = ae_fail(err, AE_EINTERNAL, "the page asks for '%.*s'", (int)n, name);
    }
    ae_buffer_clear(&text);
    return rc;
}

enum ae_status ae_report_write(struct ae_results *results, struct ae_output *out,
                               struct ae_error *err)
{
    const char *at = (const char *)ae_report_page_html;
    enum ae_status rc = AE_OK;
    while (rc == AE_OK) {
        const char *open = strstr(at, "{{"), *close = open ? strstr(open, "}}") : NULL;
        if (!close)
            break;
        ae_buffer_append(&out->text, at, (size_t)(open - at));
        rc = put_part(open + 2, (size_t)(close - open - 2), results, &out->text, err);
        at = close + 2;
    }
    ae_buffer_text(&out->text, at);
    return rc == AE_OK ? ae_output_flush(out, err) : rc;
}
