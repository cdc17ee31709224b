#include "events/real_music.h"

#include <zip.h>

#include <memory>

#include "midi/smf_reader.h"

namespace pno::events {
namespace {

std::vector<std::byte> read_member(zip_t* archive, zip_uint64_t index, std::size_t size_bytes) {
  std::vector<std::byte> bytes(size_bytes);
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> member(zip_fopen_index(archive, index, 0),
                                                                 zip_fclose);
  if (!member || zip_fread(member.get(), bytes.data(), bytes.size()) < 0) bytes.clear();
  return bytes;
}

bool is_midi(const std::string& name) {
  const auto extension = std::filesystem::path(name).extension();
  return extension == ".mid" || extension == ".midi";
}

}  // namespace

std::vector<RealPiece> real_music(const std::filesystem::path& zip, std::size_t limit) {
  std::vector<RealPiece> pieces;
  const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(zip.c_str(), ZIP_RDONLY, nullptr),
                                                         zip_discard);
  if (!archive) return pieces;
  const auto members = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
  for (zip_uint64_t i = 0; i < members && (limit == 0 || pieces.size() < limit); ++i) {
    zip_stat_t status;
    if (zip_stat_index(archive.get(), i, 0, &status) != 0 || !is_midi(status.name)) continue;
    const auto file = midi::read_smf(read_member(archive.get(), i, status.size));
    if (!file || file->performance.notes.empty()) continue;
    pieces.push_back({status.name, plain_notes(file->performance)});
  }
  return pieces;
}

}  // namespace pno::events
