/*
 * Letters between ranks. Nothing here waits inside MPI: a blocking call would keep a core busy
 * until the other side gets round to answering. Sends and receives stay open, and whoever waits
 * naps in between.
 *
 * A letter goes in chunks, each a synchronous send: done when the other side has taken it, and few
 * are open at a time. That bounds what MPI must buffer, which is more than thrift: where Open MPI
 * has run out of buffers it can forget messages that wait for one (its issues 92 and 3845, seen
 * with 4.1.4 in shared memory). All chunks but the last carry the tag plus MORE. Chunks between two
 * ranks are taken in the order sent.
 */
#include "farm_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NAP_FIRST_NS = 20 * 1000, NAP_LAST_NS = 2 * 1000 * 1000 };
enum {
    CHUNK_SIZE = 16 * 1024,
    OPEN_OF_LETTER = 4, /* chunks of one letter that may be open, so that one slow rank holds few */
    MORE = 64           /* above all tags */
};

struct ae_parcel { /* a letter going out, or a chunk coming in */
    struct ae_parcel *next;
    MPI_Request request; /* of the chunk */
    int peer;
    int tag;
    bool is_complete; /* the chunk has come */
    size_t n_sent;    /* chunks of the letter handed to MPI, */
    size_t n_open;    /* and those of them not taken yet */
    struct ae_buffer payload;
};

double ae_clock_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* POSIX: cannot fail for this clock */
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void ae_nap_take(struct ae_nap *nap)
{
    if (nap->ns == 0)
        nap->ns = NAP_FIRST_NS;
    else if (nap->ns < NAP_LAST_NS / 2)
        nap->ns *= 2;
    else
        nap->ns = NAP_LAST_NS;
    struct timespec pause = {.tv_nsec = nap->ns};
    (void)nanosleep(&pause, NULL); /* a signal ends it early, which is welcome */
}

enum ae_status ae_mpi_check(int code, const char *call, struct ae_error *err)
{
    if (code == MPI_SUCCESS)
        return AE_OK;
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        (void)snprintf(text, sizeof text, "error %d", code);
    return ae_fail(err, AE_EMPI, "%s: %s", call, text);
}

static enum ae_status parcel_test(struct ae_parcel *parcel, struct ae_error *err)
{
    if (parcel->is_complete)
        return AE_OK;
    int flag = 0;
    enum ae_status rc =
        ae_mpi_check(MPI_Test(&parcel->request, &flag, MPI_STATUS_IGNORE), "MPI_Test", err);
    parcel->is_complete = rc == AE_OK && flag;
    return rc;
}

static void parcel_append(struct ae_parcel **list, struct ae_parcel *parcel)
{
    while (*list)
        list = &(*list)->next;
    *list = parcel;
}

enum ae_status ae_mail_post(struct ae_mail *mail, int to, enum ae_tag tag,
                            struct ae_buffer *payload, struct ae_error *err)
{
    enum ae_status rc = payload ? ae_buffer_status(payload, err) : AE_OK;
    if (rc != AE_OK)
        return rc;
    struct ae_parcel *parcel = ae_calloc(1, 1, sizeof *parcel);
    if (!parcel)
        return ae_fail_memory(err, sizeof *parcel);
    parcel->peer = to;
    parcel->tag = (int)tag;
    if (payload) {
        parcel->payload = *payload;
        *payload = (struct ae_buffer){0};
    }
    parcel_append(&mail->out, parcel);
    return ae_mail_flush(mail, err);
}

/* An empty letter is one empty chunk. */
static size_t count_chunks(const struct ae_parcel *letter)
{
    size_t size = letter->payload.size;
    return size == 0 ? 1 : (size - 1) / CHUNK_SIZE + 1;
}

static enum ae_status send_chunk(struct ae_mail *mail, struct ae_open_chunk *slot,
                                 struct ae_parcel *letter, struct ae_error *err)
{
    size_t at = letter->n_sent * CHUNK_SIZE;
    size_t left = letter->payload.size - at;
    bool is_last = left <= CHUNK_SIZE;
    const char *data = letter->payload.data ? letter->payload.data + at : NULL;
    enum ae_status rc = ae_mpi_check(
        MPI_Issend(data, is_last ? (int)left : CHUNK_SIZE, MPI_BYTE, letter->peer,
                   is_last ? letter->tag : letter->tag + MORE, mail->comm, &slot->request),
        "MPI_Issend", err);
    if (rc == AE_OK) {
        slot->letter = letter;
        letter->n_sent++;
        letter->n_open++;
    }
    return rc;
}

/* Is an earlier letter to the same rank not wholly handed to MPI? */
static bool must_wait(const struct ae_mail *mail, const struct ae_parcel *letter)
{
    for (const struct ae_parcel *other = mail->out; other != letter; other = other->next)
        if (other->peer == letter->peer && other->n_sent < count_chunks(other))
            return true;
    return false;
}

/* The next letter of which a chunk may be sent, or NULL. */
static struct ae_parcel *find_letter(const struct ae_mail *mail)
{
    for (struct ae_parcel *letter = mail->out; letter; letter = letter->next)
        if (letter->n_sent < count_chunks(letter) && letter->n_open < OPEN_OF_LETTER &&
            !must_wait(mail, letter))
            return letter;
    return NULL;
}

enum ae_status ae_mail_flush(struct ae_mail *mail, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    bool has_more = mail->out != NULL;
    for (size_t i = 0; rc == AE_OK && i < AE_OPEN_CHUNKS && mail->out; i++) {
        struct ae_open_chunk *slot = &mail->open[i];
        int flag = 0;
        if (slot->letter)
            rc = ae_mpi_check(MPI_Test(&slot->request, &flag, MPI_STATUS_IGNORE), "MPI_Test", err);
        if (rc == AE_OK && flag) {
            slot->letter->n_open--;
            slot->letter = NULL;
        }
        struct ae_parcel *letter = !slot->letter && has_more ? find_letter(mail) : NULL;
        has_more = has_more && (slot->letter || letter);
        if (rc == AE_OK && letter)
            rc = send_chunk(mail, slot, letter, err);
    }
    for (struct ae_parcel **at = &mail->out; *at;) {
        struct ae_parcel *letter = *at;
        if (letter->n_open == 0 && letter->n_sent == count_chunks(letter)) {
            *at = letter->next;
            ae_buffer_clear(&letter->payload);
            free(letter);
        } else {
            at = &letter->next;
        }
    }
    return rc;
}

bool ae_mail_is_sending(const struct ae_mail *mail, enum ae_tag tag)
{
    for (const struct ae_parcel *letter = mail->out; letter; letter = letter->next)
        if (letter->tag == (int)tag)
            return true;
    return false;
}

/* Starts to receive the chunk that a probe has found. */
static enum ae_status receive(struct ae_mail *mail, MPI_Message *message, const MPI_Status *status,
                              struct ae_error *err)
{
    int size = 0;
    enum ae_status rc = ae_mpi_check(MPI_Get_count(status, MPI_BYTE, &size), "MPI_Get_count", err);
    if (rc != AE_OK)
        return rc;
    if (size < 0)
        return ae_fail(err, AE_EINTERNAL, "a message of unknown length from rank %d",
                       status->MPI_SOURCE);
    struct ae_parcel *parcel = ae_calloc(1, 1, sizeof *parcel);
    char *data = ae_realloc(NULL, 1, (size_t)size + 1);
    if (!parcel || !data) {
        free(parcel);
        free(data);
        return ae_fail_memory(err, (size_t)size + 1);
    }
    data[size] = '\0';
    parcel->peer = status->MPI_SOURCE;
    parcel->tag = status->MPI_TAG;
    parcel->payload =
        (struct ae_buffer){.data = data, .size = (size_t)size, .capacity = (size_t)size + 1};
    parcel_append(&mail->in, parcel);
    return ae_mpi_check(MPI_Imrecv(data, size, MPI_BYTE, message, &parcel->request), "MPI_Imrecv",
                        err);
}

/* Is an earlier chunk of the same sender still open? */
static bool is_behind(const struct ae_mail *mail, const struct ae_parcel *parcel)
{
    for (const struct ae_parcel *other = mail->in; other != parcel; other = other->next)
        if (other->peer == parcel->peer)
            return true;
    return false;
}

/* Adds a chunk to what has come of its letter before; *got tells whether the letter is whole now.
 * */
static enum ae_status join(struct ae_mail *mail, struct ae_parcel *chunk, struct ae_letter *letter,
                           bool *got, struct ae_error *err)
{
    struct ae_parcel **at = &mail->part;
    while (*at && (*at)->peer != chunk->peer)
        at = &(*at)->next;
    struct ae_parcel *whole = *at;
    chunk->next = NULL;
    if (whole) {
        if (chunk->payload.size > 0)
            ae_buffer_append(&whole->payload, chunk->payload.data, chunk->payload.size);
        whole->tag = chunk->tag;
        ae_buffer_clear(&chunk->payload);
        free(chunk);
    } else {
        *at = whole = chunk;
    }
    enum ae_status rc = ae_buffer_status(&whole->payload, err);
    if (rc != AE_OK || whole->tag >= MORE)
        return rc;
    *letter = (struct ae_letter){
        .source = whole->peer, .tag = (enum ae_tag)whole->tag, .payload = whole->payload};
    *at = whole->next;
    free(whole);
    *got = true;
    return AE_OK;
}

/* Takes the chunks that have come, up to one that makes a letter whole: then *got. */
static enum ae_status hand_over(struct ae_mail *mail, struct ae_letter *letter, bool *got,
                                struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    struct ae_parcel **at = &mail->in;
    while (rc == AE_OK && !*got && *at) {
        struct ae_parcel *chunk = *at;
        rc = parcel_test(chunk, err);
        if (chunk->is_complete && !is_behind(mail, chunk)) {
            *at = chunk->next;
            rc = join(mail, chunk, letter, got, err);
        } else {
            at = &chunk->next;
        }
    }
    return rc;
}

enum ae_status ae_mail_take(struct ae_mail *mail, struct ae_letter *letter, bool *got,
                            struct ae_error *err)
{
    *got = false;
    int is_there = 1;
    enum ae_status rc = hand_over(mail, letter, got, err);
    while (rc == AE_OK && !*got && is_there) {
        MPI_Message message = MPI_MESSAGE_NULL;
        MPI_Status status;
        rc = ae_mpi_check(
            MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, mail->comm, &is_there, &message, &status),
            "MPI_Improbe", err);
        if (rc == AE_OK && is_there)
            rc = receive(mail, &message, &status, err);
        if (rc == AE_OK && is_there)
            rc = hand_over(mail, letter, got, err);
    }
    return rc;
}

enum ae_status ae_mail_drain(struct ae_mail *mail, struct ae_error *err)
{
    struct ae_nap nap = {0};
    enum ae_status rc = ae_mail_flush(mail, err);
    while (rc == AE_OK && mail->out) {
        ae_nap_take(&nap);
        rc = ae_mail_flush(mail, err);
    }
    return rc;
}

enum ae_status ae_mpi_wait(MPI_Request *request, const char *call, struct ae_error *err)
{
    struct ae_nap nap = {0};
    int flag = 0;
    enum ae_status rc = ae_mpi_check(MPI_Test(request, &flag, MPI_STATUS_IGNORE), call, err);
    while (rc == AE_OK && !flag) {
        ae_nap_take(&nap);
        rc = ae_mpi_check(MPI_Test(request, &flag, MPI_STATUS_IGNORE), call, err);
    }
    return rc;
}
