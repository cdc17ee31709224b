#include "base/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

namespace pno {
namespace {

using Json = nlohmann::json;

struct TypeRow {
  std::string_view name;
  std::size_t size_bytes;
};

// In the order of DType.
constexpr std::array<TypeRow, 13> kTypes = {{{"BOOL", 1},
                                             {"U8", 1},
                                             {"I8", 1},
                                             {"U16", 2},
                                             {"I16", 2},
                                             {"F16", 2},
                                             {"BF16", 2},
                                             {"U32", 4},
                                             {"I32", 4},
                                             {"F32", 4},
                                             {"U64", 8},
                                             {"I64", 8},
                                             {"F64", 8}}};
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kAlignment = 8;
constexpr std::string_view kMetadataKey = "__metadata__";

Expected<DType> parse_dtype(const Json& entry) {
  const auto found = entry.find("dtype");
  if (found != entry.end() && found->is_string()) {
    const auto& name = found->get_ref<const std::string&>();
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
      if (kTypes[i].name == name) return static_cast<DType>(i);
    }
  }
  return fail("has no known dtype");
}

// A shape and its size in bytes. Returns an error if it is not a list of lengths or overflows.
Expected<std::vector<std::int64_t>> parse_shape(const Json& entry, std::size_t element_bytes,
                                                std::uint64_t& total_bytes) {
  const auto found = entry.find("shape");
  if (found == entry.end() || !found->is_array()) return fail("has no shape");
  std::vector<std::int64_t> shape;
  total_bytes = element_bytes;
  for (const auto& length : *found) {
    if (!length.is_number_unsigned()) return fail("has a shape that is not a list of lengths");
    const auto value = length.get<std::uint64_t>();
    const std::uint64_t limit = std::numeric_limits<std::int64_t>::max();
    if (value > limit || (value != 0 && total_bytes > limit / value)) {
      return fail("has a shape that is too large for memory");
    }
    shape.push_back(static_cast<std::int64_t>(value));
    total_bytes *= value;
  }
  return shape;
}

Expected<Tensor> parse_entry(const std::string& name, const Json& entry,
                             std::span<const std::byte> data) {
  if (!entry.is_object()) return fail("is not a JSON object");
  PNO_TRY(const DType dtype, parse_dtype(entry));
  std::uint64_t total_bytes = 0;
  PNO_TRY(auto shape, parse_shape(entry, size_bytes(dtype), total_bytes));
  const auto offsets = entry.find("data_offsets");
  if (offsets == entry.end() || !offsets->is_array() || offsets->size() != 2 ||
      !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned()) {
    return fail("has no data_offsets");
  }
  const auto begin = (*offsets)[0].get<std::uint64_t>();
  const auto end = (*offsets)[1].get<std::uint64_t>();
  if (begin > end) return fail("has data_offsets that run backwards");
  if (end > data.size()) {
    return fail("ends at byte {} of {}; the file was cut short", end, data.size());
  }
  if (end - begin != total_bytes) {
    return fail("has {} bytes, but its shape needs {}", end - begin, total_bytes);
  }
  const auto bytes =
      data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(total_bytes));
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % size_bytes(dtype) != 0) {
    return fail("does not begin at a multiple of its element size");
  }
  return Tensor{name, dtype, std::move(shape), bytes};
}

Expected<void> parse_metadata(const Json& entry, TextFields& metadata) {
  if (!entry.is_object()) return fail("is not a JSON object");
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) return fail("has a value under '{}' that is not text", key);
    metadata[key] = value.get<std::string>();
  }
  return {};
}

// The header as JSON; a discarded value if it is not JSON. `repeated` becomes a name that occurs
// twice.
Json parse_header(std::string_view text, std::string& repeated) {
  std::set<std::string> names;
  const auto note_name = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names.insert(name).second) repeated = name;
    }
    return true;
  };
  return Json::parse(text, note_name, /*allow_exceptions=*/false);
}

std::int64_t elements(std::span<const std::int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

using PutText = std::function<Expected<void>(std::string_view)>;

// Writes a JSON string in parts, so that the long list of pieces of a large dataset is never copied
// as a whole. Each part ends before an ASCII byte, so that no character is split. Invalid UTF-8 (in
// titles from MIDI files) becomes U+FFFD.
Expected<void> put_string(std::string_view text, const PutText& put) {
  constexpr std::size_t kPartBytes = 1 << 16;
  PNO_TRY_VOID(put("\""));
  while (!text.empty()) {
    std::size_t end = std::min(kPartBytes, text.size());
    while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80) ++end;
    const std::string part =
        Json(text.substr(0, end)).dump(-1, ' ', false, Json::error_handler_t::replace);
    PNO_TRY_VOID(put(std::string_view(part).substr(1, part.size() - 2)));
    text.remove_prefix(end);
  }
  return put("\"");
}

// `entries` is the JSON object of the tensors, as text.
Expected<void> put_header(const TextFields& metadata, std::string_view entries,
                          const PutText& put) {
  if (metadata.empty()) return put(entries);
  std::string_view before = "{";
  PNO_TRY_VOID(put(before));
  PNO_TRY_VOID(put_string(kMetadataKey, put));
  PNO_TRY_VOID(put(":"));
  for (const auto& [key, value] : metadata) {
    PNO_TRY_VOID(put(before));
    PNO_TRY_VOID(put_string(key, put));
    PNO_TRY_VOID(put(":"));
    PNO_TRY_VOID(put_string(value, put));
    before = ",";
  }
  PNO_TRY_VOID(put("}"));
  entries.remove_prefix(1);
  if (entries.front() != '}') PNO_TRY_VOID(put(","));
  return put(entries);
}

}  // namespace

std::size_t size_bytes(DType dtype) {
  return kTypes[static_cast<std::size_t>(dtype)].size_bytes;
}

std::string_view dtype_name(DType dtype) {
  return kTypes[static_cast<std::size_t>(dtype)].name;
}

Expected<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  PNO_TRY(auto file, MappedFile::open(path));
  PNO_TRY(auto parsed, parse(file.bytes(), path.string()));
  parsed.file_.push_back(std::move(file));
  return parsed;
}

void SafetensorsFile::copy(std::span<const std::byte> part, std::byte* to) const noexcept {
  if (file_.empty()) {
    std::copy_n(part.data(), part.size(), to);
    return;
  }
  const MappedFile& file = file_.front();
  file.copy(static_cast<std::size_t>(part.data() - file.bytes().data()), {to, part.size()});
}

Expected<SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes,
                                                 std::string_view name) {
  std::uint64_t header_bytes = 0;
  if (bytes.size() >= kLengthBytes) std::memcpy(&header_bytes, bytes.data(), kLengthBytes);
  if (bytes.size() < kLengthBytes || header_bytes > bytes.size() - kLengthBytes ||
      header_bytes < 2) {
    return fail("{}: is not a safetensors file, or was cut short in its header", name);
  }
  const auto* text = reinterpret_cast<const char*>(bytes.data()) + kLengthBytes;
  std::string repeated;
  const auto header_size = static_cast<std::size_t>(header_bytes);
  const Json header = parse_header({text, header_size}, repeated);
  if (!header.is_object()) {
    return fail("{}: is not a safetensors file: its header is not a JSON object", name);
  }
  if (!repeated.empty()) return fail("{}: has two tensors named '{}'", name, repeated);
  const auto data = bytes.subspan(kLengthBytes + header_size);
  SafetensorsFile file;
  file.name_ = name;
  for (const auto& [key, entry] : header.items()) {
    if (key == kMetadataKey) {
      if (auto parsed = parse_metadata(entry, file.metadata_); !parsed) {
        return fail("{}: its metadata {}", name, parsed.error().message);
      }
      continue;
    }
    auto tensor = parse_entry(key, entry, data);
    if (!tensor) return fail("{}: tensor '{}' {}", name, key, tensor.error().message);
    file.tensors_.push_back(std::move(*tensor));
  }
  // Empty tensors sort before the tensor that begins at the same byte.
  std::stable_sort(file.tensors_.begin(), file.tensors_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  const std::byte* reached = data.data();
  for (const auto& tensor : file.tensors_) {
    if (tensor.bytes.data() != reached) {
      return fail("{}: tensor '{}' overlaps another or leaves a gap", name, tensor.name);
    }
    reached += tensor.bytes.size();
  }
  if (reached != data.data() + data.size()) {
    return fail("{}: has {} bytes after its last tensor", name,
                data.data() + data.size() - reached);
  }
  return file;
}

const Tensor* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(),
                                  [&](const Tensor& tensor) { return tensor.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

Expected<Tensor> SafetensorsFile::require(std::string_view name, DType dtype,
                                          std::span<const std::int64_t> shape) const {
  const Tensor* tensor = find(name);
  if (tensor == nullptr) return fail("{}: has no tensor '{}'", name_, name);
  const bool fits = std::equal(
      shape.begin(), shape.end(), tensor->shape.begin(), tensor->shape.end(),
      [](std::int64_t wanted, std::int64_t found) { return wanted == -1 || wanted == found; });
  if (tensor->dtype != dtype || !fits) {
    return fail("{}: tensor '{}' is {} {} where {} {} was expected", name_, name,
                dtype_name(tensor->dtype), shape_text(tensor->shape), dtype_name(dtype),
                shape_text(shape));
  }
  return *tensor;
}

Expected<void> write_safetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                                 const TextFields& metadata) {
  std::vector<const Tensor*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const Tensor* a, const Tensor* b) {
    return size_bytes(a->dtype) > size_bytes(b->dtype);
  });

  auto entries = nlohmann::ordered_json::object();
  std::size_t offset = 0;
  for (const Tensor* tensor : order) {
    PNO_CHECK(tensor->bytes.size() ==
                  size_bytes(tensor->dtype) * static_cast<std::size_t>(elements(tensor->shape)),
              "a tensor whose bytes do not match its shape");
    PNO_CHECK(!entries.contains(tensor->name), "two tensors with the same name");
    const std::size_t end = offset + tensor->bytes.size();
    entries[tensor->name] = {{"dtype", dtype_name(tensor->dtype)},
                             {"shape", tensor->shape},
                             {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = entries.dump(-1, ' ', false, Json::error_handler_t::replace);
  // The length precedes the header, so the header is measured before it is written.
  std::uint64_t header_bytes = 0;
  PNO_TRY_VOID(put_header(metadata, text, [&](std::string_view part) -> Expected<void> {
    header_bytes += part.size();
    return {};
  }));
  const std::size_t padding = (kAlignment - header_bytes % kAlignment) % kAlignment;
  text.append(padding, ' ');
  header_bytes += padding;

  PNO_TRY(auto file, ReplacingFile::create(path));
  PNO_TRY_VOID(file.write(std::as_bytes(std::span(&header_bytes, 1))));
  PNO_TRY_VOID(put_header(metadata, text, [&](std::string_view part) { return file.write(part); }));
  for (const Tensor* tensor : order) PNO_TRY_VOID(file.write(tensor->bytes));
  return file.commit();
}

}  // namespace pno
