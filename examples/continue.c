/* Continues a MIDI file: its music, then as many seconds of new music as asked.
 *
 *   cc continue.c $(pkg-config --cflags --libs pno) -o continue
 *   ./continue model.safetensors mine.mid 20 longer.mid
 */

#include <pno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (1 << 22)
#define MOST_EVENTS (1 << 20)

static unsigned char midi[MOST_BYTES];
static pno_token music[MOST_EVENTS];
static pno_error error;

static void check(pno_status status) {
  if (status == PNO_OK) return;
  fprintf(stderr, "%s\n", error.message);
  exit(1);
}

int main(int argc, char** argv) {
  if (argc != 5) return fprintf(stderr, "usage: continue MODEL IN.mid SECONDS OUT.mid\n"), 2;
  FILE* file = fopen(argv[2], "rb");
  if (file == NULL) return perror(argv[2]), 1;
  size_t size = fread(midi, 1, MOST_BYTES, file), count = 0;
  fclose(file);

  pno_model* model = NULL;
  pno_session* session = NULL;
  pno_token* prime = NULL;
  check(pno_model_open(argv[1], NULL, &model, &error));
  check(pno_session_open(model, &session, &error));
  check(pno_session_set(session, "top_p", "0.95", &error));
  check(pno_midi_tokens(model, midi, size, &prime, &count, &error));
  if (count > MOST_EVENTS) count = MOST_EVENTS;
  memcpy(music, prime, count * sizeof *music);
  check(pno_session_read(session, music, count, &error));

  double left_s = atof(argv[3]);
  while (left_s > 0 && count < MOST_EVENTS) {
    check(pno_session_draw(session, &music[count], &error));
    check(pno_session_step(session, music[count], &error));
    left_s -= pno_token_seconds(model, music[count++]);
  }
  void* bytes = NULL;
  check(pno_tokens_midi(model, music, count, &bytes, &size, &error));
  file = fopen(argv[4], "wb");
  if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
    return perror(argv[4]), 1;
  }
  pno_free(bytes);
  pno_free(prime);
  pno_session_close(session);
  pno_model_close(model);
  return 0;
}
