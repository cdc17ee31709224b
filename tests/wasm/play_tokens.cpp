// Samples from a model through pno.h, and prints the same as play.mjs does in a browser: a JSON
// object with the sampled tokens and the logits after the last one.
//   play_tokens MODEL COUNT f32|bf16|int8

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "api/pno.h"

namespace {

pno_error error;

void check(pno_status status) {
  if (status == PNO_OK) return;
  std::fprintf(stderr, "%s\n", error.message);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: play_tokens MODEL COUNT PRECISION\n");
    return 2;
  }
  pno_model_options options = PNO_MODEL_OPTIONS_INIT;
  const std::string_view precision = argv[3];
  options.precision = precision == "int8" ? PNO_INT8 : precision == "bf16" ? PNO_BF16 : PNO_F32;
  pno_model* model = nullptr;
  pno_session* session = nullptr;
  check(pno_model_open(argv[1], &options, &model, &error));
  check(pno_session_open(model, &session, &error));
  check(pno_session_set(session, "seed", "7", &error));
  check(pno_session_set(session, "top_p", "0.95", &error));
  check(pno_session_step(session, pno_event_token(model, PNO_BOS, 0), &error));
  std::printf("{\"tokens\":[");
  const long count = std::strtol(argv[2], nullptr, 10);
  for (long i = 0; i < count; ++i) {
    pno_token token = 0;
    check(pno_session_draw(session, &token, &error));
    check(pno_session_step(session, token, &error));
    std::printf("%s%d", i == 0 ? "" : ",", token);
  }
  std::printf("],\"logits\":[");
  for (int v = 0; v < pno_vocabulary_size(model); ++v) {
    std::printf("%s%.9g", v == 0 ? "" : ",", static_cast<double>(pno_session_logits(session)[v]));
  }
  std::printf("]}\n");
  pno_session_close(session);
  pno_model_close(model);
  return 0;
}
