#pragma once

// The API of `pno serve`, without HTTP: requests to answers. /api/openapi.json describes it.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "infer/engine.h"
#include "web/answer.h"
#include "web/places.h"

namespace pno::web {

struct ServedModel {
  std::string name;  // shown to visitors; not a path
  std::shared_ptr<const infer::Engine> engine;
};

struct ApiLimits {
  int most_playing = 0;   // of each model; 0: kMaxPlaying
  int most_waiting = -1;  // of each model; negative: kMaxWaiting
};

// Any number of threads may call it at the same time.
class Api {
 public:
  // `models` is not empty.
  Api(std::vector<ServedModel> models, const ApiLimits& limits);
  ~Api();

  Answer health() const;
  Answer models() const;
  Answer generate(std::string_view body);
  Answer attention(std::string_view body);
  // `midi` are the bytes of a MIDI file.
  Answer render(std::string_view midi, std::string_view format);

  // Ends all music, and begins no more. Does not wait.
  void stop();

 private:
  struct Served;
  // The model of an id; the first if `id` is empty. Null if there is none.
  Served* find(std::string_view id);

  std::vector<std::unique_ptr<Served>> served_;
  Places renders_, heeding_;
};

}  // namespace pno::web
