#pragma once

// The safetensors format: an 8-byte little-endian header length, a JSON header (for each tensor:
// dtype, shape, data_offsets; and "__metadata__", text to text), then the tensors' bytes.
// Both of pno's files, datasets and models, are such files, so that Python reads them with
// safetensors.torch.load_file. https://huggingface.co/docs/safetensors

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "base/file.h"

namespace pno {

enum class DType { boolean, u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };

std::size_t size_bytes(DType dtype);
std::string_view dtype_name(DType dtype);  // as in the file: "F32"

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return DType::u16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return DType::u32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::i64;
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
}

// A named array whose bytes are somebody else's.
struct Tensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  // row-major, little-endian

  template <class T>
  static Tensor of(std::string name, std::vector<std::int64_t> shape, std::span<const T> values) {
    return {std::move(name), dtype_of<T>(), std::move(shape), std::as_bytes(values)};
  }

  // The values, where the type is T; the bytes are aligned for it (the reader sees to that).
  template <class T>
  std::span<const T> as() const {
    PNO_CHECK(dtype == dtype_of<T>(), "a tensor read as another type");
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

// A mapped file. Everything a header claims is checked against the file's size before use: offsets
// in range, without gaps or overlaps, shapes that match them, alignment.
class SafetensorsFile {
 public:
  static Expected<SafetensorsFile> open(const std::filesystem::path& path);

  // The same from memory that outlives the result; `name` stands in messages.
  static Expected<SafetensorsFile> parse(std::span<const std::byte> bytes, std::string_view name);

  const std::vector<Tensor>& tensors() const { return tensors_; }
  const Tensor* find(std::string_view name) const;  // null where there is none
  const TextFields& metadata() const { return metadata_; }

  // For whoever is about to read all of it (MappedFile::bring_near).
  void bring_near() const noexcept {
    for (const auto& file : file_) file.bring_near();
  }

  // Copies bytes of one of the tensors that are wanted once (MappedFile::copy).
  void copy(std::span<const std::byte> part, std::byte* to) const noexcept;

  // The tensor `name` if it has this type and shape (-1: any length), else an Error.
  Expected<Tensor> require(std::string_view name, DType dtype,
                           std::span<const std::int64_t> shape) const;

 private:
  std::string name_;
  std::vector<MappedFile> file_;  // one, or none where the memory is somebody else's
  std::vector<Tensor> tensors_;   // in the order of the data
  TextFields metadata_;
};

// Writes the tensors (aligned to their element size: the largest elements first, in the given
// order otherwise) and the metadata, aside and renamed.
Expected<void> write_safetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                                 const TextFields& metadata);

}  // namespace pno
