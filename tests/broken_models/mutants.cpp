#include "mutants.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace pno::broken_models {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthBytes = 8;
constexpr const char* kMetadata = "__metadata__";

// The parts of a safetensors file.
struct Parts {
  Json header;
  std::string data;

  explicit Parts(const std::string& file) {
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), kLengthBytes);
    header = Json::parse(file.substr(kLengthBytes, length));
    data = file.substr(kLengthBytes + length);
  }
  static std::string file(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    std::string bytes(kLengthBytes, '\0');
    std::memcpy(bytes.data(), &length, kLengthBytes);
    return bytes + header + data;
  }
  // The header is padded as writers do, so that the data stays aligned.
  std::string file() const {
    auto text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return file(text, data);
  }
};

class Breaker {
 public:
  explicit Breaker(const std::string& whole) : whole_(whole), parts_(whole) {
    for (const auto& [name, entry] : parts_.header.items()) {
      if (name != kMetadata) tensors_.push_back(name);
    }
  }

  std::vector<Mutant> run() {
    cut();
    falsify_header_length();
    break_the_json();
    break_the_metadata();
    for (const auto& name : tensors_) {
      break_shape(name);
      break_offsets(name);
      break_entry(name);
      break_values(name);
    }
    break_the_rest();
    return std::move(mutants_);
  }

 private:
  void add(std::string what, std::string bytes, bool must_fail = true) {
    mutants_.push_back({std::move(what), std::move(bytes), must_fail});
  }
  void change(std::string what, const std::function<void(Parts&)>& how, bool must_fail = true) {
    Parts parts = parts_;
    how(parts);
    add(std::move(what), parts.file(), must_fail);
  }
  std::size_t header_bytes() const { return whole_.size() - kLengthBytes - parts_.data.size(); }

  void cut() {
    std::set<std::size_t> places;
    for (std::size_t at = 0; at <= kLengthBytes; ++at) places.insert(at);
    const std::size_t data = kLengthBytes + header_bytes();
    for (std::size_t at = kLengthBytes; at < data; at += 61) places.insert(at);
    for (const auto& name : tensors_) {
      const auto begin = data + parts_.header[name]["data_offsets"][0].get<std::size_t>();
      const auto end = data + parts_.header[name]["data_offsets"][1].get<std::size_t>();
      for (const auto at : {begin, begin + 1, (begin + end) / 2, end - 1}) places.insert(at);
    }
    for (const auto at : places) add("cut at " + std::to_string(at), whole_.substr(0, at));
  }

  void falsify_header_length() {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t length = header_bytes();
    for (const std::uint64_t claimed :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, length - 8, length + 8,
          std::uint64_t{whole_.size() - kLengthBytes}, std::uint64_t{whole_.size()},
          std::uint64_t{1} << 31U, std::uint64_t{1} << 32U, length + (std::uint64_t{1} << 32U),
          std::uint64_t{1} << 63U, kMost - 7, kMost}) {
      auto bytes = whole_;
      std::memcpy(bytes.data(), &claimed, kLengthBytes);
      add("a header of " + std::to_string(claimed) + " bytes", std::move(bytes));
    }
  }

  void break_the_json() {
    const auto text = parts_.header.dump();
    const auto& data = parts_.data;
    add("no JSON", Parts::file("Dear diary, today", data));
    for (const char* value : {"[]", "{}", "null", "7", "\"text\"", "{\"__metadata__\":{}}"}) {
      add(std::string("the header is ") + value, Parts::file(value, data));
    }
    add("a header cut and padded", Parts::file(text.substr(0, text.size() / 2) + "      ", data));
    add("a second object", Parts::file(text + text, data));
    add("a comma too many", Parts::file(text.substr(0, text.size() - 1) + ",}", data));
    add("a byte order mark", Parts::file("\xEF\xBB\xBF" + text, data), false);
    add("bytes that are not UTF-8", Parts::file("{\"\xFF\xFE\":1}", data));
    add("a NUL", Parts::file(std::string("{\0}", 3), data));
    add("brackets without end", Parts::file(std::string(200'000, '['), data));
    std::string deep(50'000, '[');
    deep.append(50'000, ']');
    add("a deep metadata value", Parts::file("{\"__metadata__\":" + deep + "}", data));
    add("a name that occurs twice",
        Parts::file(text.substr(0, text.size() - 1) +
                        ",\"embedding\":" + parts_.header["embedding"].dump() + "}",
                    data));
  }

  void break_the_metadata() {
    change("no metadata", [](Parts& p) { p.header.erase(kMetadata); });
    for (const Json& value : {Json(), Json(1), Json("text"), Json::array()}) {
      change("metadata is " + value.dump(), [&](Parts& p) { p.header[kMetadata] = value; });
    }
    // These fields do not determine the shape of a tensor, so another value may be valid.
    const std::set<std::string> free = {
        "model.context",    "model.block",        "model.dropout",
        "model.activation", "model.position",     "model.attention",
        "model.heads",      "model.max_distance", "vocabulary.steps_per_second"};
    for (const auto& [key, value] : parts_.header[kMetadata].items()) {
      const bool is_text = key.starts_with("training.") || key.starts_with("data.");
      const auto set = [&, name = key](const Json& to, bool must_fail) {
        change(
            name + " is " + to.dump(), [&](Parts& p) { p.header[kMetadata][name] = to; },
            must_fail);
      };
      change(
          "no " + key, [name = key](Parts& p) { p.header[kMetadata].erase(name); }, !is_text);
      for (const Json& to : {Json(), Json(1), Json::array(), Json::object()}) set(to, true);
      for (const char* to : {"", "-1", "many", "2.5", "nan", "1e9", "99999999999", " 2"}) {
        set(to, !is_text);
      }
      for (const char* to : {"0", "1", "3", "128", "16384", "262144"}) {
        if (value != to) set(to, !is_text && !free.contains(key));
      }
    }
    change("a field of a newer version",
           [](Parts& p) { p.header[kMetadata]["model.gates"] = "3"; });
  }

  void break_shape(const std::string& name) {
    const auto shaped = [&](const Json& shape) {
      change(name + " has the shape " + shape.dump(),
             [&](Parts& p) { p.header[name]["shape"] = shape; });
    };
    const Json shape = parts_.header[name]["shape"];
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      for (const Json& length :
           {Json(0), Json(-1), Json(shape[axis].get<int>() + 1), Json(shape[axis].get<int>() - 1),
            Json(std::int64_t{1} << 62), Json(std::numeric_limits<std::uint64_t>::max()), Json(1.5),
            Json("2"), Json()}) {
        auto other = shape;
        other[axis] = length;
        shaped(other);
      }
    }
    auto longer = shape;
    longer.push_back(1);
    shaped(longer);
    shaped(Json::array());
    shaped(Json::array({std::int64_t{1} << 32, std::int64_t{1} << 32}));
    shaped("everything");
    if (shape.size() == 2 && shape[0] != shape[1]) shaped(Json::array({shape[1], shape[0]}));
    std::int64_t size = 1;
    for (const auto& length : shape) size *= length.get<std::int64_t>();
    if (shape.size() > 1) shaped(Json::array({size}));
  }

  void break_offsets(const std::string& name) {
    const auto begin = parts_.header[name]["data_offsets"][0].get<std::int64_t>();
    const auto end = parts_.header[name]["data_offsets"][1].get<std::int64_t>();
    const auto all = static_cast<std::int64_t>(parts_.data.size());
    const auto placed = [&](const Json& offsets) {
      if (offsets == parts_.header[name]["data_offsets"]) return;
      change(name + " has the offsets " + offsets.dump(),
             [&](Parts& p) { p.header[name]["data_offsets"] = offsets; });
    };
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    for (const Json& offsets :
         {Json::array({end, begin}),
          Json::array({begin + 1, end + 1}),
          Json::array({begin + 4, end + 4}),
          Json::array({begin - 4, end - 4}),
          Json::array({begin, end + 4}),
          Json::array({begin, end - 1}),
          Json::array({begin, begin}),
          Json::array({0, end - begin}),
          Json::array({all - 4, all + end - begin - 4}),
          Json::array({all, all + end - begin}),
          Json::array({-4, end - begin - 4}),
          Json::array({kMost - 3, kMost}),
          Json::array({begin, kMost}),
          Json::array({std::uint64_t{1} << 63U, (std::uint64_t{1} << 63U) + 4}),
          Json::array({begin}),
          Json::array({begin, end, end}),
          Json::array({"0", "4"}),
          Json::array({0.5, 4.5}),
          Json(),
          Json(0)}) {
      placed(offsets);
    }
  }

  void break_entry(const std::string& name) {
    change("no " + name, [&](Parts& p) { p.header.erase(name); });
    change(name + " has another name", [&](Parts& p) {
      p.header[name + "_"] = p.header[name];
      p.header.erase(name);
    });
    for (const Json& value : {Json(), Json(1), Json::array(), Json::object(), Json("tensor")}) {
      change(name + " is " + value.dump(), [&](Parts& p) { p.header[name] = value; });
    }
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      change(name + " has no " + field, [&](Parts& p) { p.header[name].erase(field); });
    }
    for (const Json& type :
         {Json("BOOL"), Json("U8"), Json("I8"), Json("I16"), Json("F16"), Json("BF16"), Json("U32"),
          Json("I32"), Json("I64"), Json("F64"), Json("F8"), Json("f32"), Json(""), Json(32)}) {
      change(name + " is of type " + type.dump(),
             [&](Parts& p) { p.header[name]["dtype"] = type; });
    }
    // Two tensors with the same data.
    for (const auto& other : tensors_) {
      if (other == name || parts_.header[other]["shape"] != parts_.header[name]["shape"]) continue;
      change(name + " has the offsets of " + other,
             [&](Parts& p) { p.header[name]["data_offsets"] = p.header[other]["data_offsets"]; });
      break;
    }
  }

  void break_values(const std::string& name) {
    using Limits = std::numeric_limits<float>;
    const auto begin = parts_.header[name]["data_offsets"][0].get<std::size_t>();
    const auto size = parts_.header[name]["data_offsets"][1].get<std::size_t>() - begin;
    for (const float value :
         {Limits::quiet_NaN(), Limits::signaling_NaN(), Limits::infinity(), -Limits::infinity()}) {
      for (const std::size_t at : {std::size_t{0}, size / 8 * 4, size - 4}) {
        change(name + " holds " + std::to_string(value) + " at " + std::to_string(at),
               [&](Parts& p) { std::memcpy(&p.data[begin + at], &value, sizeof(value)); });
      }
    }
    // Finite values whose sums overflow.
    for (const float value : {Limits::max(), -Limits::max(), Limits::denorm_min()}) {
      change(
          name + " holds only " + std::to_string(value),
          [&](Parts& p) {
            for (std::size_t at = 0; at < size; at += 4) {
              std::memcpy(&p.data[begin + at], &value, sizeof(value));
            }
          },
          false);
    }
  }

  void break_the_rest() {
    add("a byte too many", whole_ + "x");
    add("four bytes too many", whole_ + "xxxx");
    add("the file twice", whole_ + whole_);
    change("a tensor too many, of no bytes", [&](Parts& p) {
      p.header["extra"] = {{"dtype", "F32"}, {"shape", {0}}, {"data_offsets", {0, 0}}};
    });
    change("a tensor too many", [&](Parts& p) {
      const auto end = p.data.size();
      p.header["extra"] = {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {end, end + 4}}};
      p.data += "abcd";
    });
    change("no data", [](Parts& p) { p.data.clear(); });
    change(
        "very large values", [](Parts& p) { p.data.assign(p.data.size(), '\x7F'); }, false);
    std::string reversed(whole_.rbegin(), whole_.rend());
    add("the bytes in reverse", std::move(reversed));
    add("zeros", std::string(whole_.size(), '\0'));
    add("ones", std::string(whole_.size(), '\xFF'));
  }

  const std::string& whole_;
  Parts parts_;
  std::vector<std::string> tensors_;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::vector<Mutant> mutants(const std::string& whole) {
  return Breaker(whole).run();
}

}  // namespace pno::broken_models
