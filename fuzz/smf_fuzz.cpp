// Reads any bytes as a MIDI file: the result satisfies the guarantees of performance.h and stays
// the same when it is written and read again.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "midi/invariants.h"
#include "midi/smf_reader.h"
#include "midi/smf_writer.h"

namespace {

void read_and_write(std::span<const std::byte> bytes, const pno::midi::ReadOptions& options) {
  const auto file = pno::midi::read_smf(bytes, options);
  if (!file) {
    PNO_CHECK(!file.error().message.empty(), "an error without words");
    return;
  }
  const auto& performance = file->performance;
  PNO_CHECK(pno::midi::broken_invariant(performance).empty(), "a performance that cannot be");
  PNO_CHECK(file->oddities.any() == !file->oddities.text().empty(), "oddities without words");

  const auto again =
      pno::midi::read_smf(pno::midi::write_smf(performance, {.every_microsecond = true}), options);
  PNO_CHECK(again.has_value(), "a written performance that cannot be read");
  PNO_CHECK(again->performance.notes == performance.notes, "notes changed by writing");
  PNO_CHECK(again->performance.pedals == performance.pedals, "pedals changed by writing");
  PNO_CHECK(!again->oddities.any(), "a written performance that is odd");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  read_and_write(bytes, {});
  read_and_write(bytes, {.sustain = false, .programs = pno::midi::Programs::all});
  return 0;
}
