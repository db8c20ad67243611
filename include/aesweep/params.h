#ifndef AESWEEP_PARAMS_H
#define AESWEEP_PARAMS_H

/*
 * The one list of parameters of a point of a sweep. Struct, defaults, ranges, parser, --help,
 * identity (hash) and the columns of every output are generated from AE_PARAM_LIST: a new parameter
 * is one line there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/number.h"

/* Part of every point's identity: raise it when the numbers of an unchanged point change. */
enum { AE_PHYSICS_VERSION = 4 };

/* A list of numbers that somebody else owns (a sweep, or the storage of an unpacked point). */
struct ae_reals {
    size_t n;
    const double *x;
};

/* Words of the enumerated parameters: W(code, word). */
#define AE_WORDS_engine(W) W(AE_ENGINE_ODE, "ode") W(AE_ENGINE_SGD, "sgd")
#define AE_WORDS_activation(W)                                                                     \
    W(AE_LINEAR, "linear")                                                                         \
    W(AE_ERF, "erf")                                                                               \
    W(AE_RELU, "relu")                                                                             \
    W(AE_TANH, "tanh")                                                                             \
    W(AE_LOGISTIC, "logistic")                                                                     \
    W(AE_GELU, "gelu") W(AE_SOFTPLUS, "softplus") W(AE_LEAKY_RELU, "leaky_relu")
#define AE_WORDS_bias(W)                                                                           \
    W(AE_BIAS_NONE, "none")                                                                        \
    W(AE_BIAS_ENCODER, "encoder") W(AE_BIAS_DECODER, "decoder") W(AE_BIAS_BOTH, "both")
#define AE_WORDS_rule(W)                                                                           \
    W(AE_VANILLA, "vanilla") W(AE_TRUNCATED, "truncated") W(AE_SANGER, "sanger")
#define AE_WORDS_data(W) W(AE_SPIKED, "spiked") W(AE_POWER, "power") W(AE_SINUSOIDAL, "sinusoidal")
#define AE_WORDS_record(W)                                                                         \
    W(AE_RECORD_FINAL, "final") W(AE_RECORD_CURVE, "curve") W(AE_RECORD_FULL, "full")
#define AE_WORDS_integrator(W) W(AE_CVODE, "cvode") W(AE_MSBDF, "msbdf") W(AE_RK8PD, "rk8pd")
#define AE_WORDS_precision(W)  W(AE_DOUBLE, "double") W(AE_SINGLE, "single")

#define AE_WORD_CODE(code, word) code,
enum ae_engine_name { AE_WORDS_engine(AE_WORD_CODE) };
enum ae_activation { AE_WORDS_activation(AE_WORD_CODE) };
enum ae_bias { AE_WORDS_bias(AE_WORD_CODE) };
enum ae_rule { AE_WORDS_rule(AE_WORD_CODE) };
enum ae_data { AE_WORDS_data(AE_WORD_CODE) AE_DATA_FILE /* eigenvalues of a file */ };
enum ae_record_level { AE_RECORD_FINAL, AE_RECORD_CURVE, AE_RECORD_FULL }; /* in rising order */
enum ae_integrator { AE_WORDS_integrator(AE_WORD_CODE) };
enum ae_precision { AE_WORDS_precision(AE_WORD_CODE) };
#undef AE_WORD_CODE

/* The largest training sets: inputs are numbered, and an epoch's order is 4 bytes an input. */
#define AE_MAX_SAMPLES  1e15
#define AE_MAX_SHUFFLED 4294967295.0

/* A word that a number parameter takes instead of a number, and the number that stands for it. */
#define AE_INIT_INFORMED (-1.0) /* init: informed */

enum ae_param_type {
    AE_TYPE_WORD,  /* one of its words; int */
    AE_TYPE_FLAG,  /* true, false; bool */
    AE_TYPE_COUNT, /* integer >= 1; size_t */
    AE_TYPE_SIZE,  /* integer >= 1, or inf; double */
    AE_TYPE_REAL,  /* finite number, or the parameter's special word; double */
    AE_TYPE_REALS, /* list of numbers; struct ae_reals, empty = default */
    AE_TYPE_START, /* weights to start from (ae_start_view); struct ae_reals, empty = none */
    AE_TYPE_DATA   /* one of its words, or eigenvalues; int, and fields of their own */
};
#define AE_CTYPE_WORD  int
#define AE_CTYPE_FLAG  bool
#define AE_CTYPE_COUNT size_t
#define AE_CTYPE_SIZE  double
#define AE_CTYPE_REAL  double
#define AE_CTYPE_REALS struct ae_reals
#define AE_CTYPE_START struct ae_reals
#define AE_CTYPE_DATA  int

/*
 * X(name, TYPE, default, range, words, acts, meaning)
 *   default  as a user would write it
 *   range    of a number, or of every number of a list: a RANGE_ of src/base/params.c
 *   words    which words it takes: a words_ of src/base/params.c
 *   acts     on which points it changes the results: an acts_ of src/base/params.c
 */
#define AE_PARAM_LIST(X)                                                                           \
    X(engine, WORD, "ode", ANY, engine, always,                                                    \
      "ode integrates the flow of the order parameters, sgd simulates training")                   \
    X(activation, WORD, "erf", ANY, activation, always,                                            \
      "activation g of the hidden units; erf is erf(x/sqrt(2)), gelu x Phi(x), leaky_relu "        \
      "max(x, 0.01 x)")                                                                            \
    X(K, COUNT, "1", COUNT, no, always, "hidden width")                                            \
    X(tied, FLAG, "false", ANY, flag, always, "decoder tied to the encoder: v = tie_scale * w")    \
    X(tie_scale, REAL, "1", ANY, no, if_tied, "factor s of tied weights, v = s w")                 \
    X(bias, WORD, "none", ANY, bias, always, "which biases are trained")                           \
    X(bias_init, REAL, "0", ANY, no, if_bias_init, "value the encoder biases start from")          \
    X(rule, WORD, "vanilla", ANY, rule, if_rule,                                                   \
      "gradient of the loss; truncated: unit k sees the reconstruction by units 1..k only; "       \
      "sanger: Sanger's rule, for simulations of tied linear units")                               \
    X(lr, REAL, "1", POSITIVE, no, always,                                                         \
      "learning rate eta: one step moves a parameter by -(eta/D) times the gradient")              \
    X(lr_decoder, REAL, "1", NONNEGATIVE, no, if_decoder_rate,                                     \
      "factor on lr for the decoder weights")                                                      \
    X(lr_bias, REAL, "1", NONNEGATIVE, no, if_trained_bias, "factor on lr for all trained biases") \
    X(weight_decay, REAL, "0", NONNEGATIVE, no, always,                                            \
      "each step also takes weight_decay/D of every weight away, whatever lr is")                  \
    X(batch, COUNT, "1", COUNT, no, if_batch,                                                      \
      "minibatch: a step of a simulation takes the mean gradient of so many inputs; t is steps/D " \
      "all the same")                                                                              \
    X(samples, SIZE, "inf", DIMENSION, no, if_samples,                                             \
      "size of the training set that a simulation draws its inputs from; inf: every input is "     \
      "fresh")                                                                                     \
    X(epochs, FLAG, "false", ANY, flag, if_epochs,                                                 \
      "the training set is gone through in epochs, each in a random order of its own")             \
    X(data, DATA, "spiked", ANY, data, always,                                                     \
      "Gaussian inputs: spiked has a few strong directions and a bulk, power r_tau = spikes[0] "   \
      "tau^-alpha, sinusoidal one wave for each spike and a bulk; or a file of eigenvalues, one "  \
      "a line, strongest first")                                                                   \
    X(D, SIZE, "1000", DIMENSION, no, always, "input dimension; inf for engine ode only")          \
    X(spikes, REALS, "[1]", POSITIVE, no, unless_file,                                             \
      "rescaled eigenvalues r = rho/D of the spikes, strongest first; power knows the first "      \
      "alone, sinusoidal takes them for the strengths of its waves")                               \
    X(sigma2, REAL, "1", NONNEGATIVE, no, if_bulk,                                                 \
      "variance of the bulk: each of its D - M directions has rescaled eigenvalue sigma2/D")       \
    X(alpha, REAL, "1", EXPONENT, no, if_power, "exponent of data: power")                         \
    X(init, REAL, "0.1", NONNEGATIVE, init, if_no_start,                                           \
      "standard deviation of the initial weights; informed starts at the principal components")    \
    X(start, START, "none", ANY, start, always,                                                    \
      "overlaps to start from: {encoder: K x M, decoder: K x M, bias: K}; replaces init")          \
    X(time, REAL, "100", POSITIVE, no, always, "last time t = steps/D")                            \
    X(observe, REALS, "default", NONNEGATIVE, observe, always,                                     \
      "times to record, those up to time; default: 60, log-spaced from max(1/D, 1e-6 time)")       \
    X(record, WORD, "curve", ANY, record, never,                                                   \
      "what is kept of the way: final, curve (errors and residuals) or full (also Q, R, T, "       \
      "biases)")                                                                                   \
    X(tol, REAL, "1e-8", TOLERANCE, no, if_ode, "relative tolerance of engine ode")                \
    X(integrator, WORD, "cvode", ANY, integrator, if_ode,                                          \
      "integrator of engine ode: SUNDIALS' cvode, or GSL's msbdf or rk8pd")                        \
    X(precision, WORD, "double", ANY, precision, if_single,                                        \
      "arithmetic of a simulation on inputs and weights; single is up to twice as fast and sees "  \
      "the same inputs")                                                                           \
    X(phase_tol, REAL, "0.01", FRACTION, no, never,                                                \
      "a point is in phase pca if its excess is at most this fraction of pca_0 - pca_m")           \
    X(timeout, REAL, "none", POSITIVE, timeout, never,                                             \
      "wall seconds a point may take, those of interrupted runs that it goes on from included; "   \
      "past it the point has failed; for points read off one trajectory the seconds of that "      \
      "integration, until each has been read off")

enum ae_param_id {
#define AE_PARAM_ID(name, type, ...) AE_PARAM_##name,
    AE_PARAM_LIST(AE_PARAM_ID)
#undef AE_PARAM_ID
        AE_N_PARAMS
};

/* All parameters of one point, one replicate. Lists are borrowed. */
struct ae_params {
#define AE_PARAM_FIELD(name, type, ...) AE_CTYPE_##type name;
    AE_PARAM_LIST(AE_PARAM_FIELD)
#undef AE_PARAM_FIELD
    struct ae_reals eigenvalues; /* data of a file: r_tau of all D directions, not increasing */
    const char *data_file;       /* its name as a user wrote it; NULL where it is not known */
    uint64_t seed;               /* of the sweep */
    uint64_t replicate;          /* 1, 2, ...: independent random numbers */
};

struct ae_word {
    const char *text;
    double number; /* what stands for it in the parameter's field */
};

struct ae_param_info {
    const char *name;
    enum ae_param_type type;
    const char *default_text;
    const char *range_text; /* for people: "a number > 0"; words are listed from `words` */
    double lo, hi;          /* range of every number; ends belong to it unless open */
    bool is_lo_open, is_hi_open;
    const struct ae_word *words;             /* the words it takes, ended by text NULL */
    bool (*acts)(const struct ae_params *p); /* does it change the results of this point? */
    const char *meaning;
};
extern const struct ae_param_info ae_param_table[AE_N_PARAMS];

/* The parameter of that name, or AE_N_PARAMS. */
enum ae_param_id ae_param_find(const char *name);

/* The name in `names` (ended by NULL) that is most like `text`, or NULL if none is near. */
const char *ae_nearest(const char *text, const char *const *names);
/* The same among parameter names, and among the words of one parameter. */
const char *ae_param_nearest(const char *name);
const char *ae_param_nearest_word(enum ae_param_id id, const char *text);

/* A value of any parameter: x for all types but REALS and START. List and file are borrowed. */
struct ae_value {
    double x;
    struct ae_reals list; /* DATA: the eigenvalues; empty if only the name of the file is known */
    const char *file;     /* DATA: its name, or NULL */
};
struct ae_value ae_param_get(const struct ae_params *p, enum ae_param_id id);
void ae_param_set(struct ae_params *p, enum ae_param_id id, struct ae_value value);
/* The part of a value that changes the results of this point, which its identity is made of. */
struct ae_value ae_param_get_acting(const struct ae_params *p, enum ae_param_id id);
/* Same value: reals to 1e-9, lists number by number; files of which one is but a name by name. */
bool ae_value_matches(enum ae_param_id id, struct ae_value a, struct ae_value b);

/*
 * A value from one YAML 1.2 scalar (for lists: only their words, none and default). Checks type and
 * range; the message names the value and what is allowed, not the file. What has a dot or a slash
 * and is no word of DATA is the name of a file, which is not read: value.file is `text`.
 * Returns AE_OK or AE_EARG; *out is set only on success.
 */
enum ae_status ae_value_parse(enum ae_param_id id, const char *text, struct ae_value *out,
                              struct ae_error *err);
/* Range check of a value whose type is right (every number of a list). AE_OK or AE_EARG. */
enum ae_status ae_value_check(enum ae_param_id id, struct ae_value value, struct ae_error *err);
/* As a user would write it: `erf`, `true`, `0.01`, `[4, 2.5]`, `none`, `{encoder: [[1, 0]]}`. */
void ae_value_format(enum ae_param_id id, struct ae_value value, struct ae_buffer *out);
/* The same, but what stands in a file is written out, so that it reads back without the file:
 * `{file: r.txt, eigenvalues: [4, 2.5]}`. */
void ae_value_format_whole(enum ae_param_id id, struct ae_value value, struct ae_buffer *out);
/* The same for the identity of a point: of a file a hash of what stands in it. */
void ae_value_format_identity(enum ae_param_id id, struct ae_value value, struct ae_buffer *out);
/* That hash, of eigenvalues. */
uint64_t ae_eigenvalues_hash(struct ae_reals r);

/* All defaults, seed 1, replicate 1. The lists are static. */
void ae_params_init(struct ae_params *p);

/*
 * Does the combination make sense? If not, the message says why, and `exclude` (size bytes, may be
 * NULL) gets the body of an exclude item that drops such points, such as "engine: sgd, D: inf".
 */
enum ae_status ae_params_check(const struct ae_params *p, char *exclude, size_t size,
                               struct ae_error *err);

/* Weights to start from: overlaps with the spikes [K][M]; NULL where the user gave none. */
struct ae_start_view {
    size_t K, M; /* M = 0 if only biases are given */
    const double *encoder, *decoder, *bias;
};
/* False if p->start is `none`. The view points into p->start. */
bool ae_start_view(struct ae_reals start, struct ae_start_view *out);
/* Numbers that `start` of this shape takes in its flat form, and the flat form itself (x has that
 * many; NULL parts of the view are marked absent). */
size_t ae_start_size(const struct ae_start_view *view);
void ae_start_flatten(const struct ae_start_view *view, double *x);

/* Does the seed matter? If not, all replicates are one computation. */
bool ae_params_are_random(const struct ae_params *p);
/* The replicate under which the result is stored: 1 where the seed does not matter. */
uint64_t ae_params_stored_replicate(const struct ae_params *p);
/* `physics=2 activation=erf ...`: version and every parameter that acts on this point, in the order
 * of the list, and the seed if it matters. Equal text = same point. */
void ae_params_identity(const struct ae_params *p, struct ae_buffer *out);
/* Hash of that text; 16 hex digits name the point. AE_OK or AE_ENOMEM. */
enum ae_status ae_params_hash(const struct ae_params *p, uint64_t *hash, struct ae_error *err);
/* `{engine: ode, ...}`: every parameter as YAML flow, without seed and replicate. Eigenvalues are
 * long and the same for many points: for them stands `@HASH`, as in `data: {eigenvalues:
 * @0123456789abcdef}` (aesweep/spectra.h). */
void ae_params_format(const struct ae_params *p, struct ae_buffer *out);

/* To bytes and back (same program on both sides). `storage` receives the lists' memory: free() it
 * after the last use of *p. Unpack returns AE_EINTERNAL on malformed bytes. */
void ae_params_pack(const struct ae_params *p, struct ae_buffer *out);
enum ae_status ae_params_unpack(struct ae_bytes in, struct ae_params *p, double **storage,
                                struct ae_error *err);

#endif
