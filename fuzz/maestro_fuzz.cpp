// Reads any text as a MAESTRO table, in CSV and in JSON: the result is an error or rows that name
// files.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "corpus/sources/file_kind.h"
#include "corpus/sources/maestro_table.h"
#include "corpus/splits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pno::corpus;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& table : {parse_maestro_csv(text), parse_maestro_json(text)}) {
    if (!table) continue;
    for (const auto& row : table->rows) {
      PNO_CHECK(!row.midi_file.empty(), "a row without a file");
      normal_name(row.midi_file);
      const auto key = piece_key(row.composer, row.title);
      PNO_CHECK(row.title.empty() ? key.empty() : true, "a key without a title");
    }
  }
  return 0;
}
