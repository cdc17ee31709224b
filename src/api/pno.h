#ifndef PNO_H
#define PNO_H

/* pno from C, and from whatever calls C: open a model, read music with it, draw what comes next.
 *
 *   pno_model* model;      weights, shared by sessions
 *   pno_session* session;  one piece of music being read: the model's memory of it (KV cache), the
 *                          rules of music, and the dice
 *   pno_token              an event of the model's vocabulary: NOTE_ON, NOTE_OFF, TIME_SHIFT, …
 *
 * Errors. A function that can fail returns a pno_status and writes one sentence to `error`, which
 * may be null. Nothing is thrown, printed or aborted; a result is written on PNO_OK alone. A null
 * handle is PNO_BAD_CALL, and to close or free one does nothing.
 *
 * Threads. A model may be used by any number of threads. A session belongs to one at a time; two
 * sessions share nothing that changes.
 *
 * Real time. Functions marked so take no memory, no lock and no file, as long as they do not fail
 * and the model was opened with one thread: an audio or MIDI callback may call them.
 *
 * Compatibility. Within one soname functions keep their signatures and enumerators their values;
 * more may come. Structs begin with their size, as the caller was compiled: what a library finds
 * beyond it has its default. Start them from their _INIT macro. Until version 1.0 each minor
 * version has a soname of its own.
 */

#include <stddef.h>
#include <stdint.h>

#define PNO_VERSION_MAJOR 0
#define PNO_VERSION_MINOR 1
#define PNO_VERSION_PATCH 0

#if defined(__GNUC__)
#define PNO_API __attribute__((visibility("default")))
#else
#define PNO_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pno_model pno_model;
typedef struct pno_session pno_session;

/* An id in 0 … vocabulary size - 1. */
typedef uint16_t pno_token;
#define PNO_NO_TOKEN ((pno_token)0xFFFF)

typedef enum pno_status {
  PNO_OK = 0,
  PNO_BAD_INPUT = 1, /* a file, bytes or a model that cannot be used */
  PNO_BAD_CALL = 2,  /* an argument that is null or out of range */
  PNO_NO_MEMORY = 3
} pno_status;

/* One sentence in UTF-8, cut where it has no room; empty after PNO_OK. */
typedef struct pno_error {
  char message[512];
} pno_error;

/* "0.1.0", of the library that runs; the macros above are of the header. */
PNO_API const char* pno_version(void);

/* ---- Models ---- */

/* In which numbers weights and cache are kept. */
typedef enum pno_precision {
  PNO_AUTO = 0, /* what plays fastest here: int8, or float32 where there is no SIMD */
  PNO_F32 = 1,  /* what was trained, straight from the file */
  PNO_BF16 = 2,
  PNO_INT8 = 3
} pno_precision;

typedef struct pno_model_options {
  size_t size;       /* of this struct */
  int32_t threads;   /* that a session computes with, 1 to 1024; 0: one for each core */
  int32_t precision; /* a pno_precision */
} pno_model_options;
#define PNO_MODEL_OPTIONS_INIT \
  { sizeof(pno_model_options), 1, PNO_AUTO }

/* Opens a model file. `options` null: PNO_MODEL_OPTIONS_INIT. The file is mapped and must not
 * change while the model or a session of it is open. */
PNO_API pno_status pno_model_open(const char* path, const pno_model_options* options,
                                  pno_model** model, pno_error* error);

/* The same from memory: the `size` bytes of a model file, at an address that is a multiple of 8.
 * They are used where they are, and must stay until the model and its sessions are closed. */
PNO_API pno_status pno_model_open_memory(const void* bytes, size_t size,
                                         const pno_model_options* options, pno_model** model,
                                         pno_error* error);

/* Its sessions go on. */
PNO_API void pno_model_close(pno_model* model);

/* What the file says of itself, UTF-8, valid while the model is open: "data.licence",
 * "model.layers", "training.steps", …; docs/formats.md lists them. Null where it does not say. */
PNO_API const char* pno_model_metadata(const pno_model* model, const char* key);

/* Tokens that the model sees at once; what is older is forgotten. */
PNO_API int32_t pno_model_context(const pno_model* model);

/* ---- The vocabulary ---- */

typedef enum pno_kind {
  PNO_NOTE_ON = 0,    /* value: pitch, 0 … 127, 60 is middle C */
  PNO_NOTE_OFF = 1,   /* value: pitch */
  PNO_TIME_SHIFT = 2, /* value: steps, from 1 on; see pno_steps_per_second */
  PNO_VELOCITY = 3,   /* value: bin, from 0 on, of the NOTE_ONs that follow; see pno_bin_velocity */
  PNO_BOS = 4,        /* the start of a piece; value 0 */
  PNO_EOS = 5         /* its end; value 0 */
} pno_kind;

typedef struct pno_event {
  int32_t kind; /* a pno_kind; -1 for a token that the vocabulary has not */
  int32_t value;
} pno_event;

/* Events that the vocabulary has, and logits that a session has. All of these are for real time. */
PNO_API int32_t pno_vocabulary_size(const pno_model* model);
PNO_API int32_t pno_steps_per_second(const pno_model* model);
PNO_API int32_t pno_max_shift_steps(const pno_model* model);
PNO_API int32_t pno_velocity_bins(const pno_model* model);

PNO_API pno_event pno_token_event(const pno_model* model, pno_token token);
/* PNO_NO_TOKEN for an event that the vocabulary has not. */
PNO_API pno_token pno_event_token(const pno_model* model, pno_kind kind, int32_t value);
/* How far the token moves the music on: 0 for all but a TIME_SHIFT. */
PNO_API double pno_token_seconds(const pno_model* model, pno_token token);
/* MIDI velocity, 1 … 127, to its bin; and a bin to the velocity in its middle. -1 out of range. */
PNO_API int32_t pno_velocity_bin(const pno_model* model, int32_t velocity);
PNO_API int32_t pno_bin_velocity(const pno_model* model, int32_t bin);

/* ---- Sessions ---- */

/* Takes all the memory that the session will ever need. Nothing is read yet: begin with BOS, or
 * with music to go on from. */
PNO_API pno_status pno_session_open(const pno_model* model, pno_session** session,
                                    pno_error* error);
PNO_API void pno_session_close(pno_session* session);

/* Reads `count` tokens, many at a time: faster than step by step, and the same to within rounding.
 * Takes no memory and no lock, but its time: milliseconds for a hundred tokens. */
PNO_API pno_status pno_session_read(pno_session* session, const pno_token* tokens, size_t count,
                                    pno_error* error);

/* Reads one token. For real time. */
PNO_API pno_status pno_session_step(pno_session* session, pno_token token, pno_error* error);

/* Draws the next token by the session's options, without reading it: step it, or what was played
 * instead. Something must have been read. For real time. */
PNO_API pno_status pno_session_draw(pno_session* session, pno_token* token, pno_error* error);

/* What the model thinks of every token as the next: natural logarithms of probabilities, up to a
 * constant, [vocabulary size]. Valid until the session reads again; null where nothing is read.
 * For real time. */
PNO_API const float* pno_session_logits(const pno_session* session);

/* Tokens read. For real time. */
PNO_API int64_t pno_session_position(const pno_session* session);

/* Draws that had to be repeated, because what came first made no sense: a NOTE_OFF for a silent
 * pitch, a note beyond the limits, … For real time. */
PNO_API int64_t pno_session_mended(const pno_session* session);

/* Forgets what was read. The dice go on. For real time. */
PNO_API pno_status pno_session_reset(pno_session* session, pno_error* error);

/* Forgets the tokens from `position` on, as if they had never been read; the dice go on. The next
 * token has to be read before one can be drawn. For real time: a millisecond at most. */
PNO_API pno_status pno_session_rewind(pno_session* session, int64_t position, pno_error* error);
/* The least position that a rewind may go to: 0 at first; later, when the context is full, some
 * 128 tokens back. For real time. */
PNO_API int64_t pno_session_earliest_rewind(const pno_session* session);

/* A second session that has read the same and has the same options and dice, to go on another way.
 * Copies what was read, not the weights. */
PNO_API pno_status pno_session_fork(const pno_session* session, pno_session** fork,
                                    pno_error* error);
/* The same into a session that is there, of the same model. For real time where both have the same
 * options; takes its time, for a copy of what was read: megabytes for a long piece. */
PNO_API pno_status pno_session_copy(pno_session* to, const pno_session* from, pno_error* error);

/* ---- How a session draws ---- */

/* Sets an option, named and written as the flag of `pno generate`, with _ for -: "temperature"
 * "0.9", "top_p" "0.95", "seed" "7". pno_option_name lists them. Not for real time. */
PNO_API pno_status pno_session_set(pno_session* session, const char* name, const char* value,
                                   pno_error* error);

/* The options by index, from 0 on: name, default as text, one line of help. Null beyond the last.
 */
PNO_API const char* pno_option_name(size_t index);
PNO_API const char* pno_option_default(size_t index);
PNO_API const char* pno_option_help(size_t index);

/* ---- MIDI ---- */

/* The bytes of a Standard MIDI File as tokens, BOS first and no EOS, so that a session can go on
 * from them. `*tokens` is the caller's, for pno_free. */
PNO_API pno_status pno_midi_tokens(const pno_model* model, const void* bytes, size_t size,
                                   pno_token** tokens, size_t* count, pno_error* error);

/* Tokens as the bytes of a Standard MIDI File. Any tokens will do: what makes no sense is mended.
 * `*bytes` is the caller's, for pno_free. */
PNO_API pno_status pno_tokens_midi(const pno_model* model, const pno_token* tokens, size_t count,
                                   void** bytes, size_t* size, pno_error* error);

PNO_API void pno_free(void* memory);

#ifdef __cplusplus
}
#endif

#endif /* PNO_H */
