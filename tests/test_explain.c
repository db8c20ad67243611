/* The explanation of each parameter: there is one, its example is a sweep that uses the parameter,
 * and what it says about points on which the parameter does not act agrees with the list. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../src/cli/cli.h"
#include "aesweep/explain.h"
#include "aesweep/sweep.h"
#include "points.h"

static void test_every_parameter(void **state)
{
    (void)state;
    for (int id = 0; id < AE_N_PARAMS; id++)
        if (!ae_explain((enum ae_param_id)id))
            fail_msg("%s is not explained", ae_param_table[id].name);
}

/* Under which name of the sweep's axes or fixed values does the example put the parameter? */
static bool is_used(const struct ae_sweep *sweep, enum ae_param_id id, const char *example)
{
    char key[64];
    for (size_t k = 0; k < ae_sweep_n_axes(sweep); k++)
        if (ae_sweep_axis(sweep, k).id == id)
            return true;
    (void)snprintf(key, sizeof key, "%s: ", ae_param_table[id].name);
    return strstr(example, key) != NULL;
}

static void test_examples_are_sweeps(void **state)
{
    (void)state;
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        const char *example = ae_explain(id)->example;
        struct ae_sweep *sweep = NULL;
        struct ae_error err = {0};
        if (ae_sweep_read_text(&sweep, example, strlen(example), ae_param_table[i].name, &err) !=
            AE_OK)
            fail_msg("%s\n%s", err.message, example);
        if (!is_used(sweep, id, example))
            fail_msg("%s does not stand in its example %s", ae_param_table[i].name, example);
        ae_sweep_free(sweep);
    }
}

static void test_acts(void **state)
{
    (void)state;
    static const char *const points[] = {"K=1", "K=3 engine=sgd D=100", "K=2 tied=true bias=both",
                                         "tied=true", "bias=encoder bias_init=1"};
    for (int id = 0; id < AE_N_PARAMS; id++) {
        bool is_idle = false;
        for (size_t k = 0; k < sizeof points / sizeof *points; k++) {
            struct ae_params p = point_of(points[k]);
            is_idle = is_idle || !ae_param_table[id].acts(&p);
        }
        if (is_idle && !ae_explain((enum ae_param_id)id)->acts[0])
            fail_msg("%s does not act on some points, which is not said", ae_param_table[id].name);
    }
}

/* No line of the text is wider than a terminal. */
static void assert_fits(const char *what, struct ae_buffer *text)
{
    assert_int_equal(ae_buffer_status(text, NULL), AE_OK);
    for (const char *line = text->data; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strcspn(line, "\n") > 80)
            fail_msg("%s: %.*s", what, (int)strcspn(line, "\n"), line);
    }
    ae_buffer_clear(text);
}

static void test_help_fits(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    for (int id = 0; id < AE_N_PARAMS; id++) {
        ae_help_param(id, &text);
        assert_non_null(strstr(text.data, ae_param_table[id].default_text));
        assert_fits(ae_param_table[id].name, &text);
    }
    for (size_t i = 0; ae_commands[i]; i++) {
        ae_help_command(ae_commands[i], &text);
        assert_fits(ae_commands[i]->name, &text);
    }
    ae_help_program(&text);
    assert_fits("program", &text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_parameter),
        cmocka_unit_test(test_examples_are_sweeps),
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_help_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
