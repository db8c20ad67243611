/*
 * One explanation for each parameter of AE_PARAM_LIST. Symbols are those of src/physics/README.md:
 * encoder w^k, decoder v^k, biases b_k and c, input xi, eta = lr, g the activation.
 */
#include "aesweep/explain.h"

/* {acts, equation, example} */
static const struct ae_explanation explanations[AE_N_PARAMS] = {
    [AE_PARAM_engine] = {"",
                         "ode: d(order parameters)/dt, the mean of SGD for D -> infinity\n"
                         "sgd: one step on one fresh input, t = steps / D",
                         "grid: {engine: [ode, sgd]}"},
    [AE_PARAM_activation] = {"",
                             "xihat = sum_k v^k g(lambda_k) + c,  lambda_k = w^k . xi + b_k\n"
                             "linear g(x) = x;  erf g(x) = erf(x/sqrt 2);  relu g(x) = max(x, 0)",
                             "grid: {activation: [linear, erf, relu]}"},
    [AE_PARAM_K] = {"", "xihat = sum_{k=1..K} v^k g(lambda_k) + c", "grid: {K: {from: 1, to: 8}}"},
    [AE_PARAM_tied] = {"",
                       "v^k = s w^k with s = tie_scale; the gradient of w is the sum of both\n"
                       "paths, dl/dw + s lr_decoder dl/dv",
                       "grid: {tied: [false, true]}"},
    [AE_PARAM_tie_scale] = {"points with tied: true", "v^k = s w^k, s = tie_scale",
                            "set: {tied: true, tie_scale: 0.5}"},
    [AE_PARAM_bias] = {"",
                       "encoder: b_k <- b_k - (eta lr_bias/D) dl/db_k\n"
                       "decoder: c   <- c   - (eta lr_bias/D) dl/dc\n"
                       "both, or none: what is not trained stays at bias_init and 0",
                       "grid: {bias: [none, encoder, decoder, both]}"},
    [AE_PARAM_bias_init] = {"points whose start gives no bias", "b_k(t = 0) = bias_init for all k",
                            "set: {bias: encoder, bias_init: 0.5}"},
    [AE_PARAM_rule] = {"points with K > 1, and of rule sanger",
                       "vanilla:   every unit sees xi - c - sum_{l=1..K} v^l g(lambda_l)\n"
                       "truncated: unit k sees xi - c - sum_{l<=k} v^l g(lambda_l)\n"
                       "sanger:    w^k <- w^k + (eta/D) y_k (xi - sum_{l<=k} y_l w^l)\n"
                       "           with y = lambda, v^k = s w^k; linear, tied, bias: none",
                       "set: {K: 3}\ngrid: {rule: [vanilla, truncated]}"},
    [AE_PARAM_lr] = {"",
                     "a step moves p by -(eta/D) dl/dp, l = |xi - xihat|^2 / 2;\n"
                     "the flow depends on eta through the time eta t alone",
                     "grid: {lr: {from: 0.01, to: 10, points: 13, scale: log}}"},
    [AE_PARAM_lr_decoder] = {"points whose rule is not sanger",
                             "v^k <- v^k - (eta lr_decoder/D) dl/dv^k",
                             "grid: {lr_decoder: [0, 0.1, 1]}"},
    [AE_PARAM_lr_bias] = {"points that train a bias",
                          "b_k <- b_k - (eta lr_bias/D) dl/db_k, c alike",
                          "set: {bias: both, lr_bias: 0.5}"},
    [AE_PARAM_weight_decay] = {"",
                               "w^k <- (1 - weight_decay/D) w^k - (eta/D) dl/dw^k, v^k alike;\n"
                               "biases are not decayed",
                               "grid: {weight_decay: [0, 1e-3, 1e-2]}"},
    [AE_PARAM_batch] = {"points with batch > 1 (simulations)",
                        "p <- p - (eta/D) (1/B) sum_{b=1..B} dl_b/dp, B = batch; t = steps/D",
                        "set: {engine: sgd}\ngrid: {batch: [1, 8, 64]}"},
    [AE_PARAM_samples] = {"points with finite samples (simulations)",
                          "every input of every step is one of xi_1 ... xi_P, P = samples, each\n"
                          "equally likely; pmse is that on new inputs all the same",
                          "set: {engine: sgd, D: 100}\ngrid: {samples: [100, 1000, inf]}"},
    [AE_PARAM_epochs] = {"points with finite samples",
                         "P inputs in a row are xi_1 ... xi_P in a random order, the next P in\n"
                         "another",
                         "set: {engine: sgd, D: 100, samples: 200}\ngrid: {epochs: [false, true]}"},
    [AE_PARAM_data] = {"",
                       "Gaussian, E xi xi^T = sum_tau r_tau Gamma_tau Gamma_tau^T;\n"
                       "spiked: r_tau = spikes for tau <= M, sigma2/D for the other D - M\n"
                       "power: r_tau = spikes[0] tau^-alpha, tau = 1..D; D is finite\n"
                       "sinusoidal: eigenvalues of sum_m spikes[m] A_m A_m^T / D, where\n"
                       "A_m,i = sin((m+1) i / 100) up to its norm, |A_m|^2 = D; sigma2/D\n"
                       "for the other directions; D = inf: the spikes\n"
                       "a file: its r_tau, one a line, strongest first; D is their number\n"
                       "results tell of M components: the spikes of spiked, else the first K",
                       "set: {data: power, spikes: [4], alpha: 1.2, D: 500}"},
    [AE_PARAM_D] = {"",
                    "xi = x / sqrt(D), t = steps / D; overlaps of drawn weights with the\n"
                    "spikes are of order 1/sqrt(D) smaller than the weights",
                    "grid: {D: [500, 1000, inf]}"},
    [AE_PARAM_spikes] = {"points with data: spiked, power, sinusoidal",
                         "r_tau = rho_tau / D, tau = 1..M: variance of xi along the principal\n"
                         "components Gamma_tau; pca_m = trace - r_1 - ... - r_m",
                         "set: {spikes: [4, 2.5, 1.5, 0.8]}"},
    [AE_PARAM_sigma2] = {"points with data: spiked, sinusoidal",
                         "r_tau = sigma2 / D for tau > M; the bulk carries sigma2 (D - M) / D",
                         "grid: {sigma2: [0, 0.5, 1]}"},
    [AE_PARAM_alpha] = {"points with data: power", "r_tau = spikes[0] tau^-alpha, tau = 1..D",
                        "set: {data: power, spikes: [1], D: 200}\ngrid: {alpha: [0.5, 1, 2]}"},
    [AE_PARAM_init] = {"points without start",
                       "w_i^k = init z, v_i^k = init z / sqrt(D), z standard normal;\n"
                       "tied: w_i^k = init z / sqrt(D);\n"
                       "informed: w^k = v^k = Gamma_k for k <= M, else 0",
                       "grid: {init: [informed, 0.01, 0.1, 1]}"},
    [AE_PARAM_start] = {"",
                        "Gamma_tau . w^k = encoder[k][tau], v^k alike from decoder,\n"
                        "b_k = bias[k] at t = 0; bulk parts are 0; M columns,\n"
                        "of other data than spiked any number up to D; or the name of a YAML\n"
                        "file with such a mapping, start: weights.yaml",
                        "set:\n"
                        "  K: 1\n"
                        "  spikes: [4, 1]\n"
                        "  start: {encoder: [[0.1, 0.2]], decoder: [[0.1, 0]], bias: [0]}"},
    [AE_PARAM_time] = {"", "t = steps / D runs from 0 to time: sgd takes time D steps",
                       "set: {time: 1e4}"},
    [AE_PARAM_observe] = {"",
                          "record at t = 0, at those of these times below `time`, and at `time`",
                          "set: {observe: {from: 0.1, to: 100, points: 31, scale: log}}"},
    [AE_PARAM_record] = {"no result: only what is kept of the way",
                         "final: the end;  curve: t, pmse, excess, residuals f_tau;\n"
                         "full: also Q_kl, R_kl, T_kl, b_k, c_tau at every observed time",
                         "set: {record: full}"},
    [AE_PARAM_tol] = {"points with engine: ode",
                      "relative error of pmse when observed: a few tol, seldom over 10",
                      "set: {engine: ode, tol: 1e-10}"},
    [AE_PARAM_integrator] = {"points with engine: ode",
                             "dy/ds = F(y), s = eta t, by BDF (cvode, msbdf) or explicitly (rk8pd)",
                             "grid: {integrator: [cvode, msbdf]}"},
    [AE_PARAM_precision] = {"engine sgd if it is single",
                            "weights and inputs have 24 binary digits instead of 53; what\n"
                            "follows from their products, and observables, keep 53",
                            "set: {engine: sgd, precision: single}"},
    [AE_PARAM_phase_tol] = {"no result: the phase is decided on reading",
                            "pca: excess <= phase_tol (pca_0 - pca_m), m = min(K, M)",
                            "set: {phase_tol: 0.02}"},
    [AE_PARAM_timeout] = {"no result: a point that takes longer has failed",
                          "wall seconds of one point, or of its trajectory <= timeout",
                          "set: {timeout: 3600}"},
};

const struct ae_explanation *ae_explain(enum ae_param_id id)
{
    return explanations[id].example ? &explanations[id] : NULL;
}
