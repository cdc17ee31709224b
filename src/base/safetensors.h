#pragma once

// The safetensors format: an 8-byte little-endian header length, a JSON header (for each tensor:
// dtype, shape, data_offsets; and "__metadata__", text to text), then the tensors' bytes.
// Datasets and models of pno are such files: Python reads them with safetensors.torch.load_file.
// https://huggingface.co/docs/safetensors

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

// A view of a named array.
struct Tensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  // row-major, little-endian

  template <class T>
  static Tensor of(std::string name, std::vector<std::int64_t> shape, std::span<const T> values) {
    return {std::move(name), dtype_of<T>(), std::move(shape), std::as_bytes(values)};
  }

  // The values; `dtype` must be that of T. The reader guarantees their alignment.
  template <class T>
  std::span<const T> as() const {
    PNO_CHECK(dtype == dtype_of<T>(), "as() needs the type of the tensor");
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

// A mapped file. The header is checked before use: offsets are within the file, without gaps or
// overlaps, shapes match the offsets, and tensors are aligned.
class SafetensorsFile {
 public:
  static Expected<SafetensorsFile> open(const std::filesystem::path& path);

  // The same from memory, which must outlive the result. `name` is used in messages.
  static Expected<SafetensorsFile> parse(std::span<const std::byte> bytes, std::string_view name);

  const std::vector<Tensor>& tensors() const { return tensors_; }
  const Tensor* find(std::string_view name) const;  // null if there is none
  const TextFields& metadata() const { return metadata_; }

  // See MappedFile::prefault().
  void prefault() const noexcept {
    for (const auto& file : file_) file.prefault();
  }

  // Copies `part`, bytes of one of the tensors, to `to` (see MappedFile::copy()).
  void copy(std::span<const std::byte> part, std::byte* to) const noexcept;

  // Returns an error unless a tensor `name` with this type and shape (-1: any length) exists.
  Expected<Tensor> require(std::string_view name, DType dtype,
                           std::span<const std::int64_t> shape) const;

 private:
  std::string name_;
  std::vector<MappedFile> file_;  // one; empty after parse()
  std::vector<Tensor> tensors_;   // in the order of the data
  TextFields metadata_;
};

// Writes the tensors and the metadata with ReplacingFile. Tensors with larger elements come first,
// otherwise in the given order, so that all are aligned.
Expected<void> write_safetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                                 const TextFields& metadata);

}  // namespace pno
