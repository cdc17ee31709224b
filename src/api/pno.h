#ifndef PNO_H
#define PNO_H

/* The C interface of pno: open a model, read music with it, draw the next event.
 *
 *   pno_model* model;      weights, shared by sessions
 *   pno_session* session;  one piece of music: its KV cache, the rules for valid music, and the
 * random stream pno_token              an event of the model's vocabulary: NOTE_ON, NOTE_OFF,
 * TIME_SHIFT, …
 *
 * Errors. A function that can fail returns a pno_status and writes one sentence to `error`, which
 * may be null. No function throws, prints or aborts. Results are written only on PNO_OK. A null
 * handle is PNO_BAD_CALL; closing or freeing null does nothing.
 *
 * Threads. A model may be used by any number of threads. A session may be used by one thread at a
 * time; different sessions are independent.
 *
 * Real time. Functions marked "Real-time safe." do not allocate, lock or do I/O if they succeed and
 * the model was opened with one thread: an audio or MIDI callback may call them.
 *
 * Compatibility. Within one soname, functions keep their signatures and enumerators their values;
 * new ones may be added. Structs begin with their size as the caller was compiled; fields beyond it
 * have their defaults. Initialise them with their _INIT macro. Until version 1.0 each minor version
 * has its own soname.
 */

#include <stddef.h>
#include <stdint.h>

#define PNO_VERSION_MAJOR 0
#define PNO_VERSION_MINOR 2
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

/* An id in 0 … pno_input_size - 1; those that are drawn are below pno_vocabulary_size. */
typedef uint16_t pno_token;
#define PNO_NO_TOKEN ((pno_token)0xFFFF)

typedef enum pno_status {
  PNO_OK = 0,
  PNO_BAD_INPUT = 1, /* a file, bytes or a model that cannot be used */
  PNO_BAD_CALL = 2,  /* an argument that is null or out of range */
  PNO_NO_MEMORY = 3
} pno_status;

/* One sentence in UTF-8, truncated if it is too long; empty after PNO_OK. */
typedef struct pno_error {
  char message[512];
} pno_error;

/* The version of the library, such as "0.2.0"; the macros above are those of the header. */
PNO_API const char* pno_version(void);

/* ---- Models ---- */

/* Storage precision of weights and cache. */
typedef enum pno_precision {
  PNO_AUTO = 0, /* the fastest on this processor: int8, or float32 without SIMD */
  PNO_F32 = 1,  /* as trained, read from the file */
  PNO_BF16 = 2,
  PNO_INT8 = 3
} pno_precision;

typedef struct pno_model_options {
  size_t size;       /* of this struct */
  int32_t threads;   /* of a session, 1 to 1024; 0: one for each core */
  int32_t precision; /* a pno_precision */
} pno_model_options;
#define PNO_MODEL_OPTIONS_INIT \
  { sizeof(pno_model_options), 1, PNO_AUTO }

/* Opens a model file. `options` null: PNO_MODEL_OPTIONS_INIT. The file is mapped and must not
 * change while the model or a session of it is open. */
PNO_API pno_status pno_model_open(const char* path, const pno_model_options* options,
                                  pno_model** model, pno_error* error);

/* Opens a model file in memory: `size` bytes at an address that is a multiple of 8. They are not
 * copied and must stay until the model and its sessions are closed. */
PNO_API pno_status pno_model_open_memory(const void* bytes, size_t size,
                                         const pno_model_options* options, pno_model** model,
                                         pno_error* error);

/* Sessions of the model stay valid. */
PNO_API void pno_model_close(pno_model* model);

/* Metadata of the model file in UTF-8: "data.licence", "model.layers", "training.steps", …;
 * docs/formats.md lists the keys. Null if the file has no such key. Valid while the model is open.
 */
PNO_API const char* pno_model_metadata(const pno_model* model, const char* key);

/* The context: the number of tokens that the model sees at once. */
PNO_API int32_t pno_model_context(const pno_model* model);

/* ---- The vocabulary ---- */

typedef enum pno_kind {
  PNO_NOTE_ON = 0,    /* value: pitch, 0 … 127, 60 is middle C */
  PNO_NOTE_OFF = 1,   /* value: pitch */
  PNO_TIME_SHIFT = 2, /* value: steps, from 1 on; see pno_steps_per_second */
  PNO_VELOCITY = 3,   /* value: bin, from 0 on, of the NOTE_ONs that follow; see pno_bin_velocity */
  PNO_BOS = 4,        /* the start of a piece; value 0 */
  PNO_EOS = 5,        /* its end; value 0 */
  /* The others are of models with roles; docs/formats.md describes them. */
  PNO_END = 6,    /* the end of a filled gap; value 0, the only one of these that is drawn */
  PNO_INFILL = 7, /* the parts of an infill; value 0 */
  PNO_PREFIX = 8,
  PNO_MIDDLE = 9,
  PNO_MUSIC_KIND = 10, /* controls; value: their choice or bin, from 0 on */
  PNO_KEY = 11,
  PNO_DENSITY = 12,
  PNO_LOUDNESS = 13,
  PNO_POLYPHONY = 14,
  PNO_COMPOSER = 15
} pno_kind;

/* Whose music a token is, and when it sounds. Roles other than PNO_PLAYED are for models with
 * roles, of which pno_input_size is greater than pno_vocabulary_size. */
typedef enum pno_role {
  PNO_PLAYED = 0,    /* what the model plays, and all music that it continues */
  PNO_GIVEN = 1,     /* what another player plays at the same time */
  PNO_ANNOUNCED = 2, /* a note to come: NOTE_ON, then TIME_SHIFT in units of 20 ms */
  PNO_FUTURE = 3     /* the passage after a gap, and the length of the gap */
} pno_role;

typedef struct pno_event {
  int32_t kind; /* a pno_kind; -1 for a token outside the vocabulary */
  int32_t value;
} pno_event;

/* The number of tokens that can be drawn, which is the number of logits: the events, and END of a
 * model with roles. All functions of this section are real-time safe. */
PNO_API int32_t pno_vocabulary_size(const pno_model* model);
/* The number of tokens that can be read: more if the model has roles. */
PNO_API int32_t pno_input_size(const pno_model* model);
PNO_API int32_t pno_steps_per_second(const pno_model* model);
PNO_API int32_t pno_max_shift_steps(const pno_model* model);
PNO_API int32_t pno_velocity_bins(const pno_model* model);

PNO_API pno_event pno_token_event(const pno_model* model, pno_token token);
/* PNO_NO_TOKEN for an event outside the vocabulary. */
PNO_API pno_token pno_event_token(const pno_model* model, pno_kind kind, int32_t value);
/* The duration of a TIME_SHIFT in seconds; 0 for other events. */
PNO_API double pno_token_seconds(const pno_model* model, pno_token token);
/* MIDI velocity 1 … 127 to its bin, and a bin to the velocity in its middle. -1 if out of range. */
PNO_API int32_t pno_velocity_bin(const pno_model* model, int32_t velocity);
PNO_API int32_t pno_bin_velocity(const pno_model* model, int32_t bin);

/* ---- Sessions ---- */

/* Allocates all memory of the session. A new session has read no token: start with BOS, or with
 * music to continue. */
PNO_API pno_status pno_session_open(const pno_model* model, pno_session** session,
                                    pno_error* error);
PNO_API void pno_session_close(pno_session* session);

/* Reads `count` tokens in blocks: faster than step by step, with the same result up to rounding.
 * Does not allocate or lock, but takes milliseconds for a hundred tokens. */
PNO_API pno_status pno_session_read(pno_session* session, const pno_token* tokens, size_t count,
                                    pno_error* error);

/* Reads one token. Real-time safe. */
PNO_API pno_status pno_session_step(pno_session* session, pno_token token, pno_error* error);

/* The same with a role, PNO_PLAYED in the functions above. pno_session_step_as is real-time safe.
 */
PNO_API pno_status pno_session_read_as(pno_session* session, const pno_token* tokens, size_t count,
                                       pno_role role, pno_error* error);
PNO_API pno_status pno_session_step_as(pno_session* session, pno_token token, pno_role role,
                                       pno_error* error);

/* Draws the next token with the options of the session, without reading it: then step it, or the
 * token that was played instead. At least one token must have been read. A model with roles first
 * reads the controls that are due (pno_session_control), which count as positions. Real-time safe.
 */
PNO_API pno_status pno_session_draw(pno_session* session, pno_token* token, pno_error* error);

/* The logits of the next token, [vocabulary size]: natural logarithms of the probabilities plus a
 * constant. Null if no token was read. Valid until the session reads again. Real-time safe. */
PNO_API const float* pno_session_logits(const pno_session* session);

/* The number of tokens read. Real-time safe. */
PNO_API int64_t pno_session_position(const pno_session* session);

/* The number of draws that were not allowed and so were repeated, or mended by the events that were
 * missing: a NOTE_OFF for a silent pitch, a note beyond the limits, a NOTE_ON for a sounding pitch,
 * … Real-time safe. */
PNO_API int64_t pno_session_mended(const pno_session* session);

/* Forgets all tokens. The random stream continues. Real-time safe. */
PNO_API pno_status pno_session_reset(pno_session* session, pno_error* error);

/* Forgets the tokens from `position` on; the random stream continues. A token must be read before
 * the next draw. Real-time safe: takes a millisecond at most. */
PNO_API pno_status pno_session_rewind(pno_session* session, int64_t position, pno_error* error);
/* The earliest position that a rewind can go to: 0 at first; when the context is full, about
 * 1,024 tokens back. Real-time safe. */
PNO_API int64_t pno_session_earliest_rewind(const pno_session* session);

/* A second session with the same tokens, options and random stream. Copies the cache, not the
 * weights. */
PNO_API pno_status pno_session_fork(const pno_session* session, pno_session** fork,
                                    pno_error* error);
/* Copies `from` into an existing session of the same model. Real-time safe if both have the same
 * options, but it copies the cache: megabytes for a long piece. */
PNO_API pno_status pno_session_copy(pno_session* to, const pno_session* from, pno_error* error);

/* ---- How a session draws ---- */

/* Sets an option. Names and values are those of the flags of `pno generate`, with _ for -:
 * "temperature" "0.9", "top_p" "0.95", "seed" "7". pno_option_name lists them. The defaults
 * are those of the flags, too. Not real-time safe. */
PNO_API pno_status pno_session_set(pno_session* session, const char* name, const char* value,
                                   pno_error* error);

/* Asks a model with roles for a control: "composer" (a name that the metadata
 * "vocabulary.composers" lists), "kind" ("Disklavier", the default, "roll", "transcribed",
 * "sequenced"), "key" ("C#m"), "density" (notes a second), "loudness" (mean MIDI velocity),
 * "polyphony" (mean sounding notes). An empty value takes the wish back. The session reads the
 * control tokens before a later draw: at the start, when a wish has changed, and every 8 seconds of
 * music; in an infill before its PNO_INFILL. Not real-time safe. */
PNO_API pno_status pno_session_control(pno_session* session, const char* name, const char* value,
                                       pno_error* error);

/* The options by index from 0: name, default as text, one line of help. Null beyond the last. */
PNO_API const char* pno_option_name(size_t index);
PNO_API const char* pno_option_default(size_t index);
PNO_API const char* pno_option_help(size_t index);

/* ---- MIDI ---- */

/* The bytes of a Standard MIDI File to tokens, with BOS and without EOS, so that a session can
 * continue them. The caller owns `*tokens` and frees it with pno_free. */
PNO_API pno_status pno_midi_tokens(const pno_model* model, const void* bytes, size_t size,
                                   pno_token** tokens, size_t* count, pno_error* error);

/* Tokens to the bytes of a Standard MIDI File. Invalid events are mended. The caller owns `*bytes`
 * and frees it with pno_free. */
PNO_API pno_status pno_tokens_midi(const pno_model* model, const pno_token* tokens, size_t count,
                                   void** bytes, size_t* size, pno_error* error);

/* A note. Times are microseconds from the start of the music. */
typedef struct pno_note {
  int64_t start_us;       /* 0 or more */
  uint32_t length_us;     /* > 0; until the sound ends, pedals applied */
  uint32_t key_length_us; /* > 0, <= length_us; until the key is released */
  uint8_t pitch;          /* 0 … 127, 60 is middle C */
  uint8_t velocity;       /* 1 … 127 */
  uint8_t reserved[6];    /* 0 */
} pno_note;

/* The notes of a piano in the bytes of a Standard MIDI File, sorted by start, then pitch; silence
 * before the first note is left out. `*is_damaged`, which may be null, becomes 1 if the file could
 * be read only up to a point, else 0. The caller owns `*notes` and frees it with pno_free. */
PNO_API pno_status pno_midi_notes(const void* bytes, size_t size, pno_note** notes, size_t* count,
                                  int32_t* is_damaged, pno_error* error);

/* Notes in any order to the tokens of a model, with BOS and without EOS; their `length_us` counts.
 * The caller owns `*tokens` and frees it with pno_free. */
PNO_API pno_status pno_notes_tokens(const pno_model* model, const pno_note* notes, size_t count,
                                    pno_token** tokens, size_t* token_count, pno_error* error);

/* Notes in any order to the bytes of a Standard MIDI File, in which each key is held for the
 * `length_us` of its note. `title` and `text` (how the music was made) may be null. The caller owns
 * `*bytes` and frees it with pno_free. */
PNO_API pno_status pno_notes_midi(const pno_note* notes, size_t count, const char* title,
                                  const char* text, void** bytes, size_t* size, pno_error* error);

PNO_API void pno_free(void* memory);

/* ---- Attention ---- */

/* The number of layers, and of attention heads in each. */
PNO_API int32_t pno_model_layers(const pno_model* model);
PNO_API int32_t pno_model_heads(const pno_model* model);

/* Computes attention weights when they are asked for; sessions do not pay for it. One thread at a
 * time. Not real-time safe. */
typedef struct pno_attention pno_attention;

PNO_API pno_status pno_attention_open(const pno_model* model, pno_attention** attention,
                                      pno_error* error);
PNO_API void pno_attention_close(pno_attention* attention);

/* Reads `tokens`, the last context of them if there are more. Tokens that begin as those of the
 * call before are not computed again. */
PNO_API pno_status pno_attention_read(pno_attention* attention, const pno_token* tokens,
                                      size_t count, pno_error* error);

/* The attention weights with which the model draws the event after the last token read: their mean
 * over a layer and a head, both counted from 1, 0: all. `*weights` has one value for each of the
 * last `*count` tokens read; none is negative, their sum is 1. Valid until the next call with
 * `attention`. */
PNO_API pno_status pno_attention_weights(pno_attention* attention, int32_t layer, int32_t head,
                                         const float** weights, size_t* count, pno_error* error);

#ifdef __cplusplus
}
#endif

#endif /* PNO_H */
