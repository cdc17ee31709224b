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
      : music(engine), piece(*engine, options.draw, options.seed) {}
  pno_session(const pno_session& other)
      : music(other.music.fork()),
        options(other.options),
        piece(*music.engine(), options.draw, options.seed) {
    piece.copy_from(other.piece);
  }
  pno_session& operator=(const pno_session&) = delete;

  const pno::events::Vocabulary& vocabulary() const { return music.engine()->vocabulary(); }

  pno::infer::Session music;
  pno::api::SessionOptions options;
  pno::api::Piece piece;
};
