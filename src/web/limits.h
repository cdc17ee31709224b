#pragma once

// The limits of the API. The description at /api/openapi.json names them.

#include <chrono>
#include <cstddef>

namespace pno::web {

inline constexpr std::size_t kMaxBodyBytes = 4 << 20;
inline constexpr std::size_t kMaxNotes = 20'000;       // given in one request
inline constexpr double kMaxSeconds = 600;             // of music that one request asks for
inline constexpr double kMaxGivenSeconds = 24 * 3600;  // start and length of a given note
inline constexpr double kMaxRenderSeconds = 900;       // of music that becomes sound
inline constexpr int kMaxPlaying = 8;                  // listeners that share a model
inline constexpr int kMaxWaiting = 16;                 // listeners that wait; more get 429
inline constexpr int kMaxRenders = 2;                  // at a time; more get 429
inline constexpr int kMaxHeeding = 4;                  // requests for attention; more get 429
inline constexpr std::size_t kMaxConnections = 128;    // each holds a thread
inline constexpr std::chrono::seconds kHeartbeat{1};

}  // namespace pno::web
