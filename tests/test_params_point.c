/* Parameters together: identity of a point, weights to start from, bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/hash.h"
#include "aesweep/params.h"

static const double inf = (double)INFINITY;
static const double two_spikes[] = {4, 2};
/* K, M, which parts, the parts: flat forms for K = 1, M = 1 */
static const double start_all[] = {1, 1, 1, 1, 1, 0.5, 0.5, 0.2};
static const double start_encoder[] = {1, 1, 1, 0, 0, 0.5};

static struct ae_params defaults(void)
{
    struct ae_params p;
    ae_params_init(&p);
    return p;
}

enum { N_POINTS = 14 };
/* Points on which different parameters act. */
static struct ae_params point(int which)
{
    struct ae_params p = defaults();
    switch (which) {
    case 1:
        p.tied = true;
        break;
    case 2:
        p.K = 2;
        break;
    case 3:
        p.engine = AE_ENGINE_SGD;
        break;
    case 4:
        p.bias = AE_BIAS_DECODER;
        break;
    case 5:
        p.start = (struct ae_reals){8, start_all};
        break;
    case 6:
        p.start = (struct ae_reals){6, start_encoder};
        break;
    case 7:
        p.init = AE_INIT_INFORMED;
        break;
    case 8:
        p.D = inf, p.engine = AE_ENGINE_ODE;
        break;
    case 9:
        p.data = AE_POWER;
        break;
    case 10:
        p.engine = AE_ENGINE_SGD, p.batch = 8;
        break;
    case 11:
        p.engine = AE_ENGINE_SGD, p.samples = 50, p.epochs = true;
        break;
    case 12:
        p.engine = AE_ENGINE_SGD, p.activation = AE_LINEAR, p.tied = true, p.rule = AE_SANGER;
        break;
    case 13:
        p.data = AE_DATA_FILE;
        p.eigenvalues = (struct ae_reals){2, two_spikes};
        p.data_file = "r.txt";
        break;
    default:
        break;
    }
    return p;
}

/* ---- identity ---- */

/* What the documentation says. */
static bool should_act(const struct ae_params *p, enum ae_param_id id)
{
    switch (id) {
    case AE_PARAM_tie_scale:
        return p->tied;
    case AE_PARAM_rule:
        return p->K > 1 || p->rule == AE_SANGER;
    case AE_PARAM_lr_decoder:
        return p->rule != AE_SANGER;
    case AE_PARAM_batch:
        return p->batch > 1;
    case AE_PARAM_samples:
        return isfinite(p->samples);
    case AE_PARAM_epochs:
        return isfinite(p->samples) && p->epochs;
    case AE_PARAM_lr_bias:
        return p->bias != AE_BIAS_NONE;
    case AE_PARAM_bias_init:
        return p->start.n != 8; /* start_all brings its biases */
    case AE_PARAM_init:
        return p->start.n == 0;
    case AE_PARAM_sigma2:
        return p->data == AE_SPIKED || p->data == AE_SINUSOIDAL;
    case AE_PARAM_spikes:
        return p->data != AE_DATA_FILE;
    case AE_PARAM_alpha:
        return p->data == AE_POWER;
    case AE_PARAM_tol:
    case AE_PARAM_integrator:
        return p->engine == AE_ENGINE_ODE;
    case AE_PARAM_precision:
        return p->engine == AE_ENGINE_SGD && p->precision == AE_SINGLE;
    case AE_PARAM_record:
    case AE_PARAM_phase_tol:
    case AE_PARAM_timeout:
        return false;
    default:
        return true;
    }
}

static bool should_be_random(const struct ae_params *p)
{
    return p->engine == AE_ENGINE_SGD || (p->start.n == 0 && p->init != AE_INIT_INFORMED);
}

static struct ae_value another_value(enum ae_param_id id, const struct ae_params *p)
{
    static const double other_start[] = {1, 1, 0, 1, 0, 0.7};
    struct ae_value value = ae_param_get(p, id);
    switch (ae_param_table[id].type) {
    case AE_TYPE_WORD:
        value.x = value.x == 0.0 && ae_param_table[id].words[1].text ? 1.0 : 0.0;
        break;
    case AE_TYPE_FLAG:
        value.x = 1.0 - value.x;
        break;
    case AE_TYPE_COUNT:
        value.x += 1.0;
        break;
    case AE_TYPE_SIZE:
    case AE_TYPE_REAL:
        value.x = isinf(value.x) ? 30.0 : value.x > 0.0 ? nextafter(value.x, 0.0) : 1e-3;
        if (ae_param_table[id].type == AE_TYPE_SIZE)
            value.x = ceil(value.x) + 1.0;
        break;
    case AE_TYPE_REALS:
        value.list = (struct ae_reals){2, two_spikes};
        break;
    case AE_TYPE_START:
        value.list = (struct ae_reals){6, other_start};
        break;
    case AE_TYPE_DATA:
        value = (struct ae_value){.x = value.x == AE_SPIKED ? AE_POWER : AE_SPIKED};
        break;
    }
    return value;
}

static uint64_t hash_of(const struct ae_params *p)
{
    uint64_t hash = 0;
    struct ae_buffer text = {0};
    assert_int_equal(ae_params_hash(p, &hash, NULL), AE_OK);
    ae_params_identity(p, &text);
    assert_true(hash == ae_hash(text.data, text.size));
    ae_buffer_clear(&text);
    return hash;
}

static void what_acts_is_part_of_the_identity(void **state)
{
    (void)state;
    for (int which = 0; which < N_POINTS; which++)
        for (int i = 0; i < AE_N_PARAMS; i++) {
            enum ae_param_id id = (enum ae_param_id)i;
            const struct ae_params p = point(which);
            struct ae_params q = p;
            struct ae_value other = another_value(id, &p);
            assert_int_equal(ae_value_check(id, other, NULL), AE_OK);
            ae_param_set(&q, id, other);
            bool is_worded =
                ae_param_table[id].type == AE_TYPE_WORD || ae_param_table[id].type == AE_TYPE_DATA;
            bool has_choice = !is_worded || ae_param_table[id].words[1].text != NULL;
            bool is_other = hash_of(&p) != hash_of(&q);
            /* a later parameter enters where it is not at its default: also on one side alone */
            if (is_other != (has_choice && (should_act(&p, id) || should_act(&q, id))))
                fail_msg("point %d: %s %s the identity", which, ae_param_table[id].name,
                         is_other ? "enters" : "is missing from");
            assert_int_equal(ae_param_table[id].acts(&p), should_act(&p, id));
        }
}

static void seed_is_part_of_it_where_it_matters(void **state)
{
    (void)state;
    for (int which = 0; which < N_POINTS; which++) {
        struct ae_params p = point(which), q = p;
        p.replicate = q.replicate = 3;
        bool is_random = should_be_random(&p);
        assert_int_equal(ae_params_are_random(&p), is_random);
        assert_int_equal(ae_params_stored_replicate(&p), is_random ? 3 : 1);
        q.replicate = 4;
        assert_true(hash_of(&p) == hash_of(&q));
        q.seed = UINT64_MAX;
        assert_int_equal(hash_of(&p) != hash_of(&q), is_random);
    }
    struct ae_params sgd = point(7); /* informed, but the inputs are drawn */
    sgd.engine = AE_ENGINE_SGD;
    assert_true(ae_params_are_random(&sgd));
}

/* A file is what stands in it, not its name; a power law knows its first spike alone. */
static void identity_of_data_is_their_eigenvalues(void **state)
{
    (void)state;
    static const double others[] = {4, 1.999999999999};
    struct ae_params p = point(13), q = p;
    q.data_file = NULL;
    q.spikes = (struct ae_reals){2, others};
    q.sigma2 = q.alpha = 7.0;
    assert_true(hash_of(&p) == hash_of(&q));
    q.eigenvalues.x = others;
    assert_true(hash_of(&p) != hash_of(&q));
    q = p;
    q.eigenvalues.n = 1;
    assert_true(hash_of(&p) != hash_of(&q));
    p = point(9);
    p.spikes = (struct ae_reals){2, two_spikes};
    q = p;
    q.spikes.n = 1;
    assert_true(hash_of(&p) == hash_of(&q));
    q.spikes = (struct ae_reals){1, two_spikes + 1};
    assert_true(hash_of(&p) != hash_of(&q));
}

/* Stored results are found by this text. */
static void identity_of_the_defaults_stays(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    struct ae_buffer text = {0};
    char want[512];
    (void)snprintf(want, sizeof want,
                   "physics=%d engine=ode activation=erf K=1 tied=false bias=none bias_init=0 lr=1 "
                   "lr_decoder=1 weight_decay=0 data=spiked D=1000 spikes=[1] sigma2=1 init=0.1 "
                   "start=none time=100 observe=default tol=1e-08 integrator=cvode seed=1",
                   AE_PHYSICS_VERSION);
    ae_params_identity(&p, &text);
    assert_string_equal(text.data, want);
    ae_buffer_clear(&text);
}

/* ---- start ---- */

static void start_is_flattened_and_viewed(void **state)
{
    (void)state;
    enum { K = 3, M = 2 };
    static const double encoder[K * M] = {1, 2, 3, 4, 5, 6}, decoder[K * M] = {7, 8, 9, 10, 11, 12};
    static const double bias[K] = {13, 14, 15};
    for (int parts = 1; parts < 8; parts++) {
        bool has_weights = (parts & 3) != 0;
        struct ae_start_view in = {.K = K,
                                   .M = has_weights ? M : 0,
                                   .encoder = parts & 1 ? encoder : NULL,
                                   .decoder = parts & 2 ? decoder : NULL,
                                   .bias = parts & 4 ? bias : NULL};
        struct ae_start_view out = {0};
        double x[40];
        for (size_t i = 0; i < 40; i++)
            x[i] = -9.0;
        size_t n = ae_start_size(&in);
        assert_true(n < 40);
        ae_start_flatten(&in, x);
        assert_true(x[n] == -9.0 && x[n - 1] != -9.0); /* as long as it said */
        assert_true(ae_start_view((struct ae_reals){n, x}, &out));
        assert_true(out.K == in.K && out.M == in.M);
        assert_true(!out.encoder == !in.encoder && !out.decoder == !in.decoder);
        assert_true(!out.bias == !in.bias);
        if (in.encoder)
            assert_memory_equal(out.encoder, encoder, sizeof encoder);
        if (in.decoder)
            assert_memory_equal(out.decoder, decoder, sizeof decoder);
        if (in.bias)
            assert_memory_equal(out.bias, bias, sizeof bias);
    }
    struct ae_start_view view;
    assert_false(ae_start_view((struct ae_reals){0, NULL}, &view));
}

/* ---- bytes ---- */

/* Every parameter away from its default. */
static struct ae_params unusual(void)
{
    static const double times[] = {0, 1, 2.5};
    struct ae_params p = defaults();
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        ae_param_set(&p, id, another_value(id, &p));
    }
    p.K = 1;
    p.start = (struct ae_reals){8, start_all};
    p.observe = (struct ae_reals){3, times};
    p.seed = UINT64_MAX - 1;
    p.replicate = (uint64_t)1 << 60;
    return p;
}

static void expect_equal(const struct ae_params *a, const struct ae_params *b)
{
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        struct ae_value x = ae_param_get(a, id), y = ae_param_get(b, id);
        assert_true(x.x == y.x);
        assert_int_equal(x.list.n, y.list.n);
        for (size_t k = 0; k < x.list.n; k++)
            assert_true(x.list.x[k] == y.list.x[k]);
    }
    assert_true(a->seed == b->seed && a->replicate == b->replicate);
}

static void points_travel_as_bytes(void **state)
{
    (void)state;
    for (int which = 0; which <= N_POINTS; which++) {
        struct ae_params p = which < N_POINTS ? point(which) : unusual(), q;
        struct ae_buffer bytes = {0};
        double *storage = NULL;
        ae_params_pack(&p, &bytes);
        assert_int_equal(ae_params_unpack(ae_buffer_bytes(&bytes), &q, &storage, NULL), AE_OK);
        ae_buffer_clear(&bytes); /* the lists live on */
        expect_equal(&p, &q);
        assert_true(p.start.n == 0 || p.start.x != q.start.x);
        assert_true(hash_of(&p) == hash_of(&q));
        free(storage);
    }
}

static void expect_malformed(const void *data, size_t size)
{
    struct ae_params p;
    struct ae_error err = {0};
    double *storage = (double[1]){0};
    struct ae_bytes bytes = {data, size};
    if (ae_params_unpack(bytes, &p, &storage, &err) != AE_EINTERNAL)
        fail_msg("%zu bytes were taken", size);
    assert_null(storage);
    assert_int_equal(err.code, AE_EINTERNAL);
    assert_non_null(strstr(err.message, "malformed"));
}

static void cut_or_lengthened_bytes_are_refused(void **state)
{
    (void)state;
    struct ae_params p = unusual();
    struct ae_buffer bytes = {0};
    ae_params_pack(&p, &bytes);
    const size_t size = bytes.size;
    for (size_t n = 0; n < size; n++) {
        char *cut = malloc(n > 0 ? n : 1); /* of that size, so that reading on is seen */
        assert_non_null(cut);
        memcpy(cut, bytes.data, n);
        expect_malformed(cut, n);
        free(cut);
    }
    expect_malformed(NULL, 0);
    ae_buffer_append(&bytes, "", 1);
    expect_malformed(bytes.data, size + 1);
    ae_buffer_u64(&bytes, 0);
    expect_malformed(bytes.data, size + 9);
    ae_buffer_clear(&bytes);
}

/* No number of a point is NaN; anything else that is taken makes sound parameters. */
static void junk_is_refused(void **state)
{
    (void)state;
    static const uint64_t junk[] = {
        0x7ff8000000000000u, UINT64_MAX,         (uint64_t)1 << 63, 1, 0,
        0x3ff0000000000000u, 0x4000000000000000u}; /* 1.0, 2.0 */
    struct ae_params p = unusual();
    struct ae_buffer bytes = {0};
    ae_params_pack(&p, &bytes);
    for (size_t at = 16; at < bytes.size; at += 8) { /* behind seed and replicate */
        char kept[8];
        memcpy(kept, bytes.data + at, 8);
        for (size_t k = 0; k < sizeof junk / sizeof *junk; k++) {
            struct ae_params q;
            struct ae_start_view view;
            double *storage = NULL;
            memcpy(bytes.data + at, &junk[k], 8);
            enum ae_status rc = ae_params_unpack(ae_buffer_bytes(&bytes), &q, &storage, NULL);
            assert_int_equal(k < 2 ? AE_EINTERNAL : rc, rc);
            if (rc == AE_OK) {
                for (int id = 0; id < AE_N_PARAMS; id++)
                    assert_int_equal(ae_value_check((enum ae_param_id)id,
                                                    ae_param_get(&q, (enum ae_param_id)id), NULL),
                                     AE_OK);
                if (ae_start_view(q.start, &view))
                    assert_int_equal(ae_start_size(&view), q.start.n);
            }
            free(storage);
        }
        memcpy(bytes.data + at, kept, 8);
    }
    ae_buffer_clear(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_acts_is_part_of_the_identity),
        cmocka_unit_test(seed_is_part_of_it_where_it_matters),
        cmocka_unit_test(identity_of_data_is_their_eigenvalues),
        cmocka_unit_test(identity_of_the_defaults_stays),
        cmocka_unit_test(start_is_flattened_and_viewed),
        cmocka_unit_test(points_travel_as_bytes),
        cmocka_unit_test(cut_or_lengthened_bytes_are_refused),
        cmocka_unit_test(junk_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
