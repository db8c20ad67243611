#ifndef AE_TEST_CAMPAIGN_LIFE_H
#define AE_TEST_CAMPAIGN_LIFE_H

/* A campaign without a farm: the test hands out, gathers and dies itself. */

#include "aesweep/campaign.h"
#include "store_fixture.h"

/* One run on a folder. */
struct life {
    const char *dir;
    struct ae_sweep *sweep;
    struct ae_store *store;
    struct ae_campaign *campaign;
    struct ae_farm_source source;
};

/* Reads the sweep, opens the folder, prepares the campaign. */
struct life life_begin(const char *dir, const char *yaml, struct ae_campaign_rules rules);
/* Also how a process dies that has committed all: what is claimed stays claimed. */
void life_end(struct life *life);

/* Two ranks, no limit, three deaths. */
extern const struct ae_campaign_rules life_rules;

/* The number of the next job, -1 if there is none now; its parameters if `in` is given. */
int life_take(struct life *life, struct ae_buffer *in);
/* A job of one point ends, after 100 s. */
void life_give_back(struct life *life, int job, enum ae_status status);
/* One of n points, each with a status of its own. */
void life_give_back_all(struct life *life, int job, enum ae_status whole, size_t n,
                        const enum ae_status *status);

struct ae_campaign_counts life_counts(const struct life *life);
/* How many marks of a kind somebody else sees on the disk. */
size_t life_n_marked(const char *dir, enum ae_store_kind kind);

#endif
