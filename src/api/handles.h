#pragma once

// The structs behind the handles of pno.h.

#include <cstddef>
#include <memory>

#include "api/piece.h"
#include "api/pno.h"
#include "api/session_options.h"
#include "infer/engine.h"
#include "infer/session.h"

struct pno_model {
  std::shared_ptr<const pno::infer::Engine> engine;
};

struct pno_session {
  // Allocates all memory of the session.
  explicit pno_session(const std::shared_ptr<const pno::infer::Engine>& engine)
      : music(engine), piece(engine->vocabulary(), options.draw, options.seed, reach(*engine)) {}
  pno_session(const pno_session& other)
      : music(other.music.fork()),
        options(other.options),
        piece(vocabulary(), options.draw, options.seed, reach(*music.engine())) {
    piece.copy_from(other.piece);
  }
  pno_session& operator=(const pno_session&) = delete;

  const pno::events::Vocabulary& vocabulary() const { return music.engine()->vocabulary(); }

  // The most tokens that a rewind can take back; see infer/session.h.
  static std::size_t reach(const pno::infer::Engine& engine) {
    return pno::infer::Session::most_rewind(engine);
  }

  pno::infer::Session music;
  pno::api::SessionOptions options;
  pno::api::Piece piece;
};
