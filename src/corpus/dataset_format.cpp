#include "corpus/dataset_format.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/fields.h"

namespace pno::corpus {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kHashDigits = 16;
constexpr int kMaxMidi = 127;  // of pitch and velocity

// (start, pitch, part) as one number to compare; pitch and part < 256.
std::uint64_t order_key(const NoteColumns& notes, std::size_t i) {
  const std::uint64_t part = notes.part.empty() ? 0 : notes.part[i];
  return static_cast<std::uint64_t>(notes.start_us[i]) << 16 | std::uint64_t{notes.pitch[i]} << 8 |
         part;
}

// The clause for the first bad note, after all_notes_fit() has found that there is one.
tl::unexpected<Error> describe_bad_note(const NoteColumns& notes, std::size_t parts) {
  for (std::size_t i = 0; i < notes.pitch.size(); ++i) {
    if (notes.start_us[i] < 0 || notes.start_us[i] >= kMaxStartUs) {
      return fail("note {} starts at {} us, where 0 to {} is allowed", i, notes.start_us[i],
                  kMaxStartUs - 1);
    }
    if (notes.length_us[i] == 0) return fail("note {} has no length", i);
    if (notes.pitch[i] > kMaxMidi) {
      return fail("note {} has pitch {}, where 0 to 127 is allowed", i, notes.pitch[i]);
    }
    if (notes.velocity[i] == 0 || notes.velocity[i] > kMaxMidi) {
      return fail("note {} has velocity {}, where 1 to 127 is allowed", i, notes.velocity[i]);
    }
    if (!notes.part.empty() && notes.part[i] >= parts) {
      return fail("note {} has part {}, where 0 to {} is allowed", i, notes.part[i], parts - 1);
    }
    if (i > 0 && order_key(notes, i) < order_key(notes, i - 1)) {
      return fail(
          "note {} comes before the note that precedes it; notes are sorted by start, pitch and "
          "part",
          i);
    }
  }
  PNO_CHECK(false, "a bad note that is good at a second look");
}

// One pass without branches: opening a dataset costs about a nanosecond a note.
bool all_notes_fit(const NoteColumns& notes, std::size_t parts) {
  bool fit = true;
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < notes.pitch.size(); ++i) {
    const auto start = static_cast<std::uint64_t>(notes.start_us[i]);
    const std::uint64_t key = order_key(notes, i);
    fit &= start < static_cast<std::uint64_t>(kMaxStartUs);
    fit &= notes.length_us[i] > 0;
    fit &= notes.pitch[i] <= kMaxMidi;
    fit &= static_cast<std::uint8_t>(notes.velocity[i] - 1) < kMaxMidi;
    fit &= key >= previous;
    previous = key;
  }
  for (const std::uint8_t part : notes.part) fit &= part < parts;
  return fit;
}

Expected<std::vector<std::string>> part_names(const Json& list) {
  const bool is_list_of_text = list.is_array() && std::ranges::all_of(list, [](const Json& name) {
                                 return name.is_string();
                               });
  if (!is_list_of_text) return fail("has parts that are not a list of names");
  auto names = list.get<std::vector<std::string>>();
  PNO_TRY_VOID(check_parts(names.size()));
  return names;
}

Expected<PieceInfo> from_json(const Json& object) {
  PieceInfo info;
  std::string split, kind;
  const std::pair<const char*, std::string*> fields[] = {{"title", &info.title},
                                                         {"composer", &info.composer},
                                                         {"performer", &info.performer},
                                                         {"corpus", &info.corpus},
                                                         {"source", &info.source},
                                                         {"licence", &info.licence},
                                                         {"hash", &info.hash},
                                                         {"split", &split},
                                                         {"kind", &kind}};
  for (const auto& [key, value] : fields) {
    const auto found = object.find(key);
    if (found == object.end()) continue;
    if (!found->is_string()) return fail("has a {} that is not text", key);
    *value = found->get<std::string>();
  }
  if (auto parsed = parse_field(split, info.split); !parsed) {
    return fail("has a split that is not one of {}", enum_choices<Split>());
  }
  if (!kind.empty() && !parse_field(kind, info.kind)) {
    return fail("has a kind that is not one of {}", enum_choices<MusicKind>());
  }
  PNO_TRY_VOID(check_hash(info.hash));
  if (const auto parts = object.find("parts"); parts != object.end()) {
    PNO_TRY(info.parts, part_names(*parts));
  }
  return info;
}

}  // namespace

NoteColumns NoteColumns::piece(std::int64_t first, std::int64_t end) const {
  const auto offset = static_cast<std::size_t>(first);
  const auto count = static_cast<std::size_t>(end - first);
  return {start_us.subspan(offset, count), length_us.subspan(offset, count),
          pitch.subspan(offset, count), velocity.subspan(offset, count),
          part.empty() ? part : part.subspan(offset, count)};
}

Expected<void> check_notes(const NoteColumns& piece, std::size_t parts) {
  if (piece.pitch.empty()) return fail("it has no notes");
  const std::size_t allowed = std::max<std::size_t>(parts, 1);
  if (!all_notes_fit(piece, allowed)) return describe_bad_note(piece, allowed);
  return {};
}

Expected<void> check_parts(std::size_t parts) {
  if (parts > kMaxParts) return fail("has {} parts, more than the {} allowed", parts, kMaxParts);
  return {};
}

Expected<void> check_hash(std::string_view hash) {
  if (hash.size() != kHashDigits ||
      hash.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return fail("has no hash of {} hex digits", kHashDigits);
  }
  return {};
}

std::string piece_to_json(const PieceInfo& info) {
  Json object = Json::object();
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) object[key] = value;
  };
  put("title", info.title);
  put("composer", info.composer);
  put("performer", info.performer);
  put("corpus", info.corpus);
  if (info.kind != MusicKind::unknown) object["kind"] = enum_name(info.kind);
  if (!info.parts.empty()) object["parts"] = info.parts;
  put("source", info.source);
  put("licence", info.licence);
  put("hash", info.hash);
  object["split"] = enum_name(info.split);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A list of a million pieces never stands in memory as JSON: each object is taken and dropped as
// soon as it is read.
Expected<std::vector<PieceInfo>> pieces_from_json(std::string_view json) {
  std::vector<PieceInfo> infos;
  Expected<void> result;
  const auto take_piece = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth != 1 || event != Json::parse_event_t::object_end) return true;
    if (!result) return false;
    if (auto info = from_json(value)) {
      infos.push_back(std::move(*info));
    } else {
      result = fail("piece {} {}", infos.size(), info.error().message);
    }
    return false;
  };
  const Json rest = Json::parse(json, take_piece, /*allow_exceptions=*/false);
  if (!rest.is_array() || !rest.empty()) return fail("is not a JSON list of objects");
  if (!result) return tl::unexpected(result.error());
  return infos;
}

}  // namespace pno::corpus
