#ifndef AESWEEP_FLOW_H
#define AESWEEP_FLOW_H

/*
 * The flow: the equations of motion of the weights' coordinates in D -> infinity SGD (population
 * gradient flow at finite D), in the time s = lr t, so that the learning rate is gone from them:
 *
 *   dv_tau^k/ds = -e_k [ sum_l S_kl I_kl v_tau^l - a_k r_tau w_tau^k ] - d_k v_tau^k        k, l =
 *   0..K dw_tau^k/ds = -r_tau [ ( sum_l S_kl T_kl H_kl - a''_k R_kk ) w_tau^k
 *                          + sum_l S_kl T_kl P_kl w_tau^l - a_k v_tau^k ] - d w_tau^k       k =
 *                          1..K
 *   db_k/ds     = -lr_bias [ sum_l S_kl T_kl J_kl - a'_k R_kk ]                  encoder bias
 *   trained
 *
 * Row 0 of v is the decoder bias c (moves if trained: e_0 = lr_bias, d_0 = 0); e_k = lr_decoder
 * else; d = weight_decay / lr. S is the mask: ones, or lower triangular with row and column 0
 * (truncated). Tied: dw = (its right-hand side) + tie_scale * (that of v at v = tie_scale w), both
 * without decay; then
 * - d w. At D = inf the frozen bulk of the encoder decays as exp(-2 d s).
 * Source: arXiv:2201.02115, in the units of src/physics/README.md.
 *
 * The state y is one vector: w [K][n_w], then v [K][n] (untied), c [n] (if trained), b [K] (if
 * trained).
 */

#include "aesweep/network.h"
#include "aesweep/order.h"

struct ae_flow;

/* Borrows p and the network (start values, eigenvalues, what is not trained) until freed. */
enum ae_status ae_flow_new(struct ae_flow **flow, const struct ae_params *p,
                           const struct ae_network *network, struct ae_error *err);
void ae_flow_free(struct ae_flow *flow);
/* What is to be asked, several times a second, in the middle of long work with the flow's Jacobian,
 * which is given up if the answer is true. */
void ae_flow_ask(struct ae_flow *flow, bool (*should_stop)(void *ctx), void *ctx);

size_t ae_flow_dim(const struct ae_flow *flow);
/* y [dim] of the network at s = 0. */
void ae_flow_start(const struct ae_flow *flow, double *y);
/* dydt [dim] overwritten; y not modified, must not overlap. Allocates nothing. */
void ae_flow_rhs(struct ae_flow *flow, double s, const double *y, double *dyds);
/* The network that y stands for at time s, and its order parameters; both are valid until the next
 * call of this or of ae_flow_rhs. */
const struct ae_network *ae_flow_network(struct ae_flow *flow, double s, const double *y,
                                         const struct ae_order **order);

#endif
