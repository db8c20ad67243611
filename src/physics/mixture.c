/*
 * Gaussian averages of tanh, logistic and softplus, g(x) = tanh x, 1/(1 + e^-x), log(1 + e^x).
 *
 * The logistic distribution is a mixture of normal ones (Andrews and Mallows, J. R. Stat. Soc. B 36
 * (1974) 99), and few of them do (Monahan and Stefanski, Handbook of the Logistic Distribution,
 * 1992). With the 24 variances v_j and weights p_j below
 *   tanh x = sum_j p_j erf(x / sqrt(2 v_j))      to 2e-16 of its value for every x,
 * tanh' to 5e-16 and tanh'' to 7e-15; logistic is (1 + tanh(x/2))/2 and softplus its integral, with
 * variances 4 v_j. The averages of this sum are exact, and computed in two ways:
 *
 *   series  g^(n) has a closed average for every n: with r = sqrt(Q + v), u = b/r,
 *             E tanh^(n+1) = sum_j p_j 2 phi(u) (-1)^n He_n(u) / r^(n+1),
 *           and averages of two units are E f g = sum_n Q_kl^n/n! E f^(n) E g^(n) (Mehler). Terms
 *           are scaled by c^n/sqrt(n!), c = sqrt(Q + min v), which bounds them and, for Q -> 0,
 *           divides by nothing small: the sum runs over powers of h = Q_kl/(c_k c_l).
 *   pairs   a sum over i, j of the averages of erf or, for softplus, relu, whose closed forms are
 *           right for |h| -> 1 and large Q, where the series is too slow.
 */
#include "mixture.h"

#include <math.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/normal.h"

enum { N_WIDTHS = AE_WIDTHS, N_LANES = AE_LANE_GROUP };

/* Least squares on evenly spaced logarithms of 1/sqrt(v), for tanh and its first two derivatives.
 * The weights add up to 1 to rounding. */
static const double width2[N_WIDTHS] = {
    12.755102040816324,  10.018659911183356,   7.8692860390106771,   6.1810325245838174,
    4.854971960679439,   3.8134005354664637,   2.9952847846850998,   2.3526851842403236,
    1.8479470147363113,  1.4514938896831242,   1.1400946536814398,   0.8955020951805488,
    0.70338370580309972, 0.55248183142391372,  0.43395400196968387,  0.34085478492597043,
    0.26772880047099107, 0.21029104994727743,  0.16517582572413575,  0.1297394892007542,
    0.10190556023727537, 0.080043040644348334, 0.062870841793863819, 0.049382716049382713,
};
static const double weight[N_WIDTHS] = {
    9.9633108995543901e-11, 1.92498008253094e-08,   1.1108124788935035e-06, 2.5541001880905572e-05,
    0.00028454737523287511, 0.0017946514885490642,  0.0072395460040732638,  0.020558480928609093,
    0.044309949509660572,   0.076863746208132119,   0.11213731841505546,    0.14159700568623743,
    0.15665062275274852,    0.15129756392673202,    0.12541327598248037,    0.086669514039195109,
    0.047920454749328135,   0.02006410132865391,    0.0059213548761655943,  0.0011230172220460218,
    0.00012158025215462335, 6.4584604555588388e-06, 1.3867269522876935e-07, 9.5800130901692815e-10,
};

/*
 * The same as fewer widths: Gauss rules of the measure that the weights are, exact for polynomials in
 * v up to degree 13 and 21. What is averaged over v + c is known by them, relative to itself, to
 * 1e-15 from c = 20 and c = 6 on, c being the variance that one pre-activation has left when the
 * other is given.
 */
static const double width2_7[] = {9.8494213738694895, 6.5651923118613269, 4.3055308657459371,
                                  2.673437405128799,  1.5137537839186825, 0.75244650846706011,
                                  0.32835404503429933};
static const double weight_7[] = {
    4.5801208096702667e-8, 2.1161132243519983e-5, 0.0013906054847152861, 0.026270591612704678,
    0.18439819429880778,   0.49106647532578987,   0.29685292634453078};
static const double width2_11[] = {12.753548234132082,  10.007563075739077, 7.8253499552228133,
                                   6.0568198111866817,  4.5888772962869688, 3.3595715474690482,
                                   2.3443224009956954,  1.5334918030746628, 0.92234297632351433,
                                   0.50472042114597458, 0.2515532984109396};
static const double weight_11[] = {
    1.0007703373208708e-10, 1.9825271491260573e-8, 1.2462730031463392e-6, 3.5178633112921441e-5,
    0.00055469433809834374, 0.0054099213393142556, 0.033556969751602869,  0.1322684786367753,
    0.31886475372308157,    0.38631250764413907,   0.12299622973552401};

struct widths {
    size_t n;
    const double *v, *p;
    double least; /* c */
};
static const struct widths all_widths[] = {
    {7, width2_7, weight_7, 20.0},
    {11, width2_11, weight_11, 6.0},
    {N_WIDTHS, width2, weight, 0.0},
};

static const double inv_sqrt2 = 0.707106781186547524400844362104849039;
static const double two_inv_sqrt_2pi = 0.797884560802865355880;
/* Beyond it all is saturated; its square is still finite. */
static const double u_max = 1e150;
/* Correlation beyond which a series is slower than few widths. */
static const double h_slow = 0.8;
/* What a truncated series may lack, in units of the activation. */
static const double negligible = 1e-15;
/* Widths whose terms are smaller than that are left out of the rest. */
static const double faded = 1e-19;
/* Pairs of widths of a smaller joint weight are left out: 576 of them are below rounding. */
static const double weight_min = 1e-19;

/* One pre-activation seen by every width. */
struct view {
    double r[N_WIDTHS], u[N_WIDTHS]; /* sqrt(Q + v), b/r */
    double phi2[N_WIDTHS];           /* p times 2 phi(u) */
};

static double width_factor(enum ae_mixture which)
{
    return which == AE_MIX_TANH ? 1.0 : 4.0;
}

/* Sum over the widths from `first` on, in a fixed order. */
AE_INLINE double lane_sum(size_t first, const double *t)
{
    double s[N_LANES];
    for (size_t i = 0; i < N_LANES; i++)
        s[i] = t[N_WIDTHS - N_LANES + i];
    for (size_t j = first; j < N_WIDTHS - N_LANES; j += N_LANES)
        for (size_t i = 0; i < N_LANES; i++)
            s[i] += t[j + i];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

AE_CLONES static void view_init(double factor, double Q, double b, struct view *view)
{
    for (size_t j = 0; j < N_WIDTHS; j++) {
        view->r[j] = sqrt(Q + factor * width2[j]);
        double u = b / view->r[j];
        u = u > u_max ? u_max : u;
        view->u[j] = u < -u_max ? -u_max : u;
        view->phi2[j] = weight[j] * two_inv_sqrt_2pi;
    }
    if (b == 0.0)
        return;
    for (size_t j = 0; j < N_WIDTHS; j++)
        view->phi2[j] *= exp(-0.5 * view->u[j] * view->u[j]);
}

/* E tanh, E logistic or E softplus (of the scaled widths). */
static double mean(enum ae_mixture which, double b, const struct view *view)
{
    double term[N_WIDTHS];
    for (size_t j = 0; j < N_WIDTHS; j++) {
        double u = view->u[j];
        if (which == AE_MIX_TANH)
            term[j] = b == 0.0 ? 0.0 : weight[j] * erf(inv_sqrt2 * u);
        else
            term[j] = weight[j] * (b == 0.0 ? 0.5 : ae_normal_distribution(u));
        if (which == AE_MIX_SOFTPLUS) {
            double m = b * term[j] + 0.5 * view->r[j] * view->phi2[j];
            term[j] = m < 0.0 ? 0.0 : m; /* it cannot be but by rounding */
        }
    }
    return lane_sum(0, term);
}

/* ---- series ---- */

/*
 * The recursion t_(n+1) = -rho u t_n / sqrt(n+1) - rho^2 sqrt(n/(n+1)) t_(n-1) of every width, with
 * rho = c/r. Its sum over the widths is A_n = c^(n+1) E tanh^(n+1) / sqrt(n!). Here for n ... n +
 * AE_STRIDE, the last of which comes again in the next stride. root[i] = sqrt(n+i).
 */
AE_INLINE void advance_biased(struct ae_series *s, size_t first, const double *root,
                              const double *inv_root, double *restrict A)
{
    double t[N_WIDTHS], before[N_WIDTHS];
    for (size_t j = first; j < N_WIDTHS; j++) {
        t[j] = s->t[j];
        before[j] = s->before[j];
    }
    for (size_t i = 0; i < AE_STRIDE; i++) {
        double alpha = inv_root[i + 1], beta = root[i] * inv_root[i + 1];
        A[i] = lane_sum(first, t);
        for (size_t j = first; j < N_WIDTHS; j++) {
            double next = alpha * (s->x[j] * t[j]) + beta * (s->y[j] * before[j]);
            before[j] = t[j];
            t[j] = next;
        }
    }
    A[AE_STRIDE] = lane_sum(first, t);
    for (size_t j = first; j < N_WIDTHS; j++) {
        s->t[j] = t[j];
        s->before[j] = before[j];
    }
}

/* The same without bias: odd coefficients vanish. */
AE_INLINE void advance_centred(struct ae_series *s, size_t first, const double *root,
                               const double *inv_root, double *restrict A)
{
    double t[N_WIDTHS];
    for (size_t j = first; j < N_WIDTHS; j++)
        t[j] = s->t[j];
    for (size_t i = 0; i < AE_STRIDE; i += 2) {
        double beta = root[i + 1] * inv_root[i + 2];
        A[i] = lane_sum(first, t);
        A[i + 1] = 0.0;
        for (size_t j = first; j < N_WIDTHS; j++)
            t[j] *= beta * s->y[j];
    }
    A[AE_STRIDE] = lane_sum(first, t);
    for (size_t j = first; j < N_WIDTHS; j++)
        s->t[j] = t[j];
}

AE_INLINE void advance(struct ae_series *s, size_t first, const double *root,
                       const double *inv_root, double *restrict A)
{
    if (s->is_centred)
        advance_centred(s, first, root, inv_root, A);
    else
        advance_biased(s, first, root, inv_root, A);
}

/* zero and one: series of tanh and tanh' times `factor`, from A; zero is one entry ahead. */
AE_INLINE void fill_sigmoid(double factor, double inv_c, const double *inv_root,
                            const double *restrict A, double *restrict zero, double *restrict one)
{
    for (size_t i = 0; i < AE_STRIDE; i++) {
        one[i] = factor * inv_c * A[i];
        zero[i + 1] = factor * A[i] * inv_root[i + 1];
    }
}

static double largest(const double *A)
{
    double most = fabs(A[0]);
    for (size_t i = 1; i < AE_STRIDE; i++)
        most = fabs(A[i]) > most ? fabs(A[i]) : most;
    return most;
}

/* One more stride. softplus' = logistic: its series are those of logistic, one array later. */
AE_CLONES static void extend(struct ae_series *s)
{
    double A[AE_STRIDE + 1], root[AE_STRIDE + 1], inv_root[AE_STRIDE + 1];
    double c = s->scale, inv_c = 1.0 / c;
    size_t n = s->n;
    double *g = s->g + n, *dg = s->dg + n, *d2g = s->d2g + n;
    for (size_t i = 0; i <= AE_STRIDE; i++)
        root[i] = sqrt((double)(n + i));
    inv_root[0] = 0.0; /* not used */
    for (size_t i = 1; i <= AE_STRIDE; i++)
        inv_root[i] = 1.0 / root[i];
    if (s->first == 0) /* the number of widths known to the compiler */
        advance(s, 0, root, inv_root, A);
    else if (s->first == N_LANES)
        advance(s, N_LANES, root, inv_root, A);
    else
        advance(s, 2 * N_LANES, root, inv_root, A);
    if (s->which == AE_MIX_SOFTPLUS) {
        fill_sigmoid(0.5, inv_c, inv_root, A, dg, d2g);
        for (size_t i = 0; i < AE_STRIDE; i++)
            g[i + 1] = c * dg[i] * inv_root[i + 1];
    } else {
        double factor = s->which == AE_MIX_TANH ? 1.0 : 0.5;
        fill_sigmoid(factor, inv_c, inv_root, A, g, dg);
        for (size_t i = 0; i < AE_STRIDE; i++)
            d2g[i] = factor * inv_c * inv_c * (root[i + 1] * A[i + 1]);
    }
    s->bound[n / AE_STRIDE] = largest(A);
    s->n = n + AE_STRIDE;
    for (size_t i = 0; i + 1 < N_WIDTHS / N_LANES; i++) {
        s->fade[i] *= s->step[i];
        if (s->fade[i] < faded)
            s->first = (i + 1) * N_LANES;
    }
}

/* The recursion at n = 0 and the averages of g and, for softplus, g' themselves. */
static void series_init(enum ae_mixture which, double Q, double b, const struct view *view,
                        struct ae_series *s)
{
    s->which = which;
    s->scale = sqrt(Q + width_factor(which) * width2[N_WIDTHS - 1]);
    s->n = 0;
    s->first = 0;
    s->is_centred = b == 0.0;
    for (size_t j = 0; j < N_WIDTHS; j++) {
        double rho = s->scale / view->r[j];
        s->t[j] = rho * view->phi2[j];
        s->before[j] = 0.0;
        s->x[j] = -rho * view->u[j];
        s->y[j] = -rho * rho;
    }
    for (size_t i = 0; i < N_WIDTHS / N_LANES; i++) {
        s->fade[i] = 1.0;
        s->step[i] = pow(-s->y[(i + 1) * N_LANES - 1], AE_STRIDE / 2);
    }
    s->g[0] = mean(which, b, view);
    if (which == AE_MIX_SOFTPLUS)
        s->dg[0] = mean(AE_MIX_LOGISTIC, b, view);
}

void ae_mixture_unit(enum ae_mixture which, double Q, double b, struct ae_unit *out)
{
    struct view view;
    struct ae_series *s = out->series;
    view_init(width_factor(which), Q, b, &view);
    series_init(which, Q, b, &view, s);
    extend(s);
    *out = (struct ae_unit){.Q = Q, .b = b, .series = s};
    out->m = s->g[0];
    out->a = s->dg[0];
    out->a1 = s->d2g[0];
    out->a2 = s->d2g[1] / s->scale;
}

/* The first n terms of both series, times powers of h. */
AE_CLONES static void sum_series(size_t n, double h, const struct ae_series *restrict k,
                                 const struct ae_series *restrict l, struct ae_pair *out)
{
    double power[AE_STRIDE], I[AE_STRIDE] = {0}, P[AE_STRIDE] = {0};
    double J_kl[AE_STRIDE] = {0}, J_lk[AE_STRIDE] = {0};
    double H_kl[AE_STRIDE] = {0}, H_lk[AE_STRIDE] = {0};
    power[0] = 1.0;
    for (size_t i = 1; i < AE_STRIDE; i++)
        power[i] = power[i - 1] * h;
    double step = power[AE_STRIDE - 1] * h;
    for (size_t at = 0; at < n; at += AE_STRIDE) {
        for (size_t i = 0; i < AE_STRIDE; i++) {
            double g_l = power[i] * l->g[at + i];
            double dg_l = power[i] * l->dg[at + i];
            double d2g_l = power[i] * l->d2g[at + i];
            double g_k = k->g[at + i];
            double dg_k = k->dg[at + i];
            I[i] += g_k * g_l;
            P[i] += dg_k * dg_l;
            J_kl[i] += dg_k * g_l;
            J_lk[i] += g_k * dg_l;
            H_kl[i] += k->d2g[at + i] * g_l;
            H_lk[i] += g_k * d2g_l;
            power[i] *= step;
        }
    }
    *out = (struct ae_pair){I[0], P[0], J_kl[0], J_lk[0], H_kl[0], H_lk[0]};
    for (size_t i = 1; i < AE_STRIDE; i++) {
        out->I += I[i];
        out->P += P[i];
        out->J_kl += J_kl[i];
        out->J_lk += J_lk[i];
        out->H_kl += H_kl[i];
        out->H_lk += H_lk[i];
    }
}

/* Terms after which the series of a pair lacks nothing; 0 if there are not enough. */
static size_t terms_needed(double h, struct ae_series *k, struct ae_series *l)
{
    double rest = 1.0 - fabs(h);
    double power = 1.0, step = pow(fabs(h), AE_STRIDE);
    for (size_t n = AE_STRIDE; n <= AE_TERMS; n += AE_STRIDE) {
        size_t i = n / AE_STRIDE - 1;
        if (k->n < n)
            extend(k);
        if (l->n < n)
            extend(l);
        power *= step;
        if (!(power * k->bound[i] * l->bound[i] * (double)n > negligible * rest))
            return n;
    }
    return 0;
}

/* ---- pairs of widths ---- */

static void add_pair(double p, double s_k, double s_l, const struct ae_pair *from,
                     struct ae_pair *to)
{
    to->I += p * from->I;
    to->P += p * s_k * s_l * from->P;
    to->J_kl += p * s_k * from->J_kl;
    to->J_lk += p * s_l * from->J_lk;
    to->H_kl += p * s_k * s_k * from->H_kl;
    to->H_lk += p * s_l * s_l * from->H_lk;
}

/* tanh of widths factor v: each pair is one of erf, of pre-activations in units of the width. */
static void sum_erf(const struct widths *widths, double factor, const struct ae_unit *k,
                    const struct ae_unit *l, const struct ae_link *link, struct ae_pair *out)
{
    struct ae_unit unit_k, unit_l[N_WIDTHS];
    double s[N_WIDTHS];
    struct ae_pair pair;
    *out = (struct ae_pair){0};
    for (size_t j = 0; j < widths->n; j++) {
        s[j] = 1.0 / sqrt(factor * widths->v[j]);
        ae_law_erf.unit(s[j] * s[j] * l->Q, s[j] * l->b, &unit_l[j]);
    }
    for (size_t i = 0; i < widths->n; i++) {
        ae_law_erf.unit(s[i] * s[i] * k->Q, s[i] * k->b, &unit_k);
        for (size_t j = 0; j < widths->n; j++) {
            if (widths->p[i] * widths->p[j] < weight_min)
                continue;
            struct ae_link scaled = {s[i] * s[j] * link->Q, link->one_minus, link->one_plus};
            ae_law_erf.pair(&unit_k, &unit_l[j], &scaled, &pair);
            add_pair(widths->p[i] * widths->p[j], s[i], s[j], &pair, out);
        }
    }
}

/* Correlation of two pre-activations that got independent normals of variance v_k, v_l in addition;
 * 1 - h^2 is a sum of positive terms. */
static struct ae_link widened(const struct ae_unit *k, double v_k, const struct ae_unit *l,
                              double v_l, const struct ae_link *link)
{
    double V_k = k->Q + v_k, V_l = l->Q + v_l;
    double h = link->Q / sqrt(V_k) / sqrt(V_l);
    double s_k = k->Q / V_k, s_l = l->Q / V_l, r_k = v_k / V_k, r_l = v_l / V_l;
    double d2 = s_k * s_l * (link->one_minus * link->one_plus) + r_l + s_l * r_k;
    if (h >= 0.0)
        return (struct ae_link){link->Q, d2 / (1.0 + h), 1.0 + h};
    return (struct ae_link){link->Q, 1.0 - h, d2 / (1.0 - h)};
}

/* softplus x = sum_j p_j E relu(x + z_j), z_j normal of variance 4 v_j. */
static void sum_relu(const struct widths *widths, double factor, const struct ae_unit *k,
                     const struct ae_unit *l, const struct ae_link *link, struct ae_pair *out)
{
    struct ae_unit unit_k, unit_l[N_WIDTHS];
    struct ae_pair pair;
    *out = (struct ae_pair){0};
    for (size_t j = 0; j < widths->n; j++)
        ae_law_relu.unit(l->Q + factor * widths->v[j], l->b, &unit_l[j]);
    for (size_t i = 0; i < widths->n; i++) {
        ae_law_relu.unit(k->Q + factor * widths->v[i], k->b, &unit_k);
        for (size_t j = 0; j < widths->n; j++) {
            if (widths->p[i] * widths->p[j] < weight_min)
                continue;
            struct ae_link wide = widened(k, factor * widths->v[i], l, factor * widths->v[j], link);
            ae_law_relu.pair(&unit_k, &unit_l[j], &wide, &pair);
            add_pair(widths->p[i] * widths->p[j], 1.0, 1.0, &pair, out);
        }
    }
}

/* Of g = (1 + T)/2, from the averages of T. */
static void halve(const struct ae_unit *k, const struct ae_unit *l, struct ae_pair *pair)
{
    pair->I = 0.25 * (pair->I - 1.0) + 0.5 * (k->m + l->m);
    pair->P *= 0.25;
    pair->J_kl = 0.25 * pair->J_kl + 0.5 * k->a;
    pair->J_lk = 0.25 * pair->J_lk + 0.5 * l->a;
    pair->H_kl = 0.25 * pair->H_kl + 0.5 * k->a1;
    pair->H_lk = 0.25 * pair->H_lk + 0.5 * l->a1;
}

/* As few as do: what either pre-activation has left when the other is known, in units of tanh. */
static const struct widths *widths_for(double factor, const struct ae_unit *k,
                                       const struct ae_unit *l, const struct ae_link *link)
{
    const struct widths *widths = all_widths;
    double c = fmin(k->Q, l->Q) * (link->one_minus * link->one_plus) / factor;
    while (!(c >= widths->least)) /* the last one serves for NaN too */
        if ((++widths)->least == 0.0)
            break;
    return widths;
}

void ae_mixture_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                     struct ae_pair *out)
{
    enum ae_mixture which = k->series->which;
    double h = link->Q / k->series->scale / l->series->scale;
    const struct widths *widths = widths_for(width_factor(which), k, l, link);
    bool is_long = widths->least > 0.0 && fabs(h) > h_slow; /* the series would be */
    size_t n = is_long ? 0 : terms_needed(h, k->series, l->series);
    if (n > 0) {
        sum_series(n, h, k->series, l->series, out);
    } else if (which == AE_MIX_SOFTPLUS) {
        sum_relu(widths, width_factor(which), k, l, link, out);
    } else {
        sum_erf(widths, width_factor(which), k, l, link, out);
        if (which == AE_MIX_LOGISTIC)
            halve(k, l, out);
    }
}

/*
 * For large Q from g' = 1 - g^2 (tanh) and g' = g - g^2 (logistic), so that every product of two is
 * a derivative:
 *   tanh      I = 1 - a,   J = -a'/2,          P = (4 a - a'')/6,   H = -a''/2 - P
 *   logistic  I = m - a,   J = (a - a')/2,     P = (a - a'')/6,     H = (a' - a'')/2 - P
 * and for softplus by softplus.c. At small Q, where the difference is small, the series has more digits.
 */
void ae_mixture_self(const struct ae_unit *k, struct ae_pair *out)
{
    const struct ae_link link = {k->Q, 0.0, 2.0};
    const double Q_large = 0.5; /* of tanh */
    if (k->series->which == AE_MIX_TANH && k->Q > Q_large) {
        out->I = 1.0 - k->a;
        out->J_kl = -0.5 * k->a1;
        out->P = (4.0 * k->a - k->a2) / 6.0;
        out->H_kl = -0.5 * k->a2 - out->P;
    } else if (k->series->which == AE_MIX_LOGISTIC && k->Q > 4.0 * Q_large) {
        out->I = k->m - k->a;
        out->J_kl = 0.5 * (k->a - k->a1);
        out->P = (k->a - k->a2) / 6.0;
        out->H_kl = 0.5 * (k->a1 - k->a2) - out->P;
    } else if (k->series->which == AE_MIX_SOFTPLUS && k->Q > 8.0 * Q_large) {
        ae_softplus_self(k, out);
    } else {
        ae_mixture_pair(k, k, &link, out);
    }
    out->J_lk = out->J_kl;
    out->H_lk = out->H_kl;
}
