/* Spectra of the inputs. */
#include "aesweep/spectrum.h"

#include <math.h>

static double bulk_variance(const struct ae_params *p)
{
    if (isinf(p->D))
        return p->sigma2;
    return p->sigma2 * (p->D - (double)p->spikes.n) / p->D;
}

struct ae_spectrum ae_spectrum_of(const struct ae_params *p)
{
    struct ae_spectrum spectrum = {
        .M = p->spikes.n,
        .spikes = p->spikes.x,
        .n_bulk = p->D - (double)p->spikes.n,
        .r_bulk = p->sigma2 / p->D,
        .bulk = bulk_variance(p),
    };
    spectrum.trace = ae_spectrum_pca(&spectrum, 0);
    return spectrum;
}

double ae_spectrum_pca(const struct ae_spectrum *spectrum, size_t m)
{
    double left = spectrum->bulk;
    for (size_t tau = spectrum->M; tau-- > m;)
        left += spectrum->spikes[tau];
    return left;
}

size_t ae_spectrum_n_main(const struct ae_spectrum *spectrum, size_t K)
{
    return K < spectrum->M ? K : spectrum->M;
}
