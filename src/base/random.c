/* Keys, and the choice among random_lanes.h for this CPU and its like for others. */
#include "random_internal.h"

#include <Random123/philox.h>

#include "random_lanes.h"

struct ae_random ae_random_of(uint64_t seed, uint64_t replicate)
{
    philox4x32_ctr_t counter = {
        {(uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)replicate, (uint32_t)(replicate >> 32)}};
    philox4x32_key_t key = {{0x6b657973u, 0}}; /* any fixed key */
    philox4x32_ctr_t mixed = philox4x32(counter, key);
    return (struct ae_random){.key = {mixed.v[0], mixed.v[1]}};
}

static struct ae_draw draw_of(struct ae_random random, enum ae_purpose purpose, uint64_t stream)
{
    return (struct ae_draw){
        .key = {random.key[0], random.key[1]}, .purpose = (uint32_t)purpose, .stream = stream};
}

void ae_normals(struct ae_random random, enum ae_purpose purpose, uint64_t stream, size_t n,
                double *out)
{
    const struct ae_draw draw = draw_of(random, purpose, stream);
    AE_CHOOSE(ae_normals_groups)(&draw, 0, n / GROUP, out);
    if (n % GROUP > 0) {
        double last[GROUP];
        AE_CHOOSE(ae_normals_groups)(&draw, n / GROUP, 1, last);
        memcpy(out + n / GROUP * GROUP, last, n % GROUP * sizeof *out);
    }
}

void ae_inputs(struct ae_random random, enum ae_purpose purpose, size_t n_streams,
               const uint64_t *stream, size_t n_groups, const double *scale, size_t stride,
               double *out)
{
    const struct ae_draw draw = draw_of(random, purpose, 0);
    AE_CHOOSE(ae_inputs_wide)(draw, n_streams, stream, n_groups, scale, stride, out);
}

void ae_inputs_single(struct ae_random random, enum ae_purpose purpose, size_t n_streams,
                      const uint64_t *stream, size_t n_groups, const float *scale, size_t stride,
                      float *out)
{
    const struct ae_draw draw = draw_of(random, purpose, 0);
    AE_CHOOSE(ae_inputs_narrow)(draw, n_streams, stream, n_groups, scale, stride, out);
}
