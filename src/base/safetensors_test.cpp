#include "base/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

namespace pno {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// A file in memory: the length of the header, the header, `data_bytes` bytes of 0, 1, 2, … Stored
// in 8-byte words, so that it is aligned like a mapped file.
class Image {
 public:
  Image(std::string header, std::size_t data_bytes) {
    header.append((8 - header.size() % 8) % 8, ' ');
    size_ = 8 + header.size() + data_bytes;
    words_.resize(size_ / 8 + 1);
    words_[0] = header.size();
    auto* bytes = reinterpret_cast<std::byte*>(words_.data());
    std::memcpy(bytes + 8, header.data(), header.size());
    for (std::size_t i = 0; i < data_bytes; ++i) bytes[8 + header.size() + i] = std::byte(i);
  }

  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(words_)).first(size_); }
  void set_header_length(std::uint64_t length) { words_[0] = length; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

// The error message for a file, or "" if it is accepted.
std::string complaint(std::span<const std::byte> bytes) {
  const auto file = SafetensorsFile::parse(bytes, "f");
  return file ? "" : file.error().message;
}
std::string complaint(std::string header, std::size_t data_bytes) {
  return complaint(Image(std::move(header), data_bytes).bytes());
}

constexpr auto kTwoTensors = R"({"__metadata__":{"k":"v"},)"
                             R"("a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})";

TEST(Safetensors, ReadsAHandMadeFile) {
  const Image image(kTwoTensors, 11);
  const auto file = SafetensorsFile::parse(image.bytes(), "f");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata(), (TextFields{{"k", "v"}}));
  ASSERT_EQ(file->tensors().size(), 2U);
  const Tensor* b = file->find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_THAT(b->as<std::uint8_t>(), testing::ElementsAre(8, 9, 10));
  EXPECT_EQ(file->find("c"), nullptr);
}

TEST(Safetensors, ReadsWhatItWrote) {
  const auto path = std::filesystem::path(testing::TempDir()) / "pno_round_trip.safetensors";
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  const std::vector<double> numbers = {0.5, -0.25};
  const std::vector<std::int64_t> none;
  const TextFields metadata = {{"title", "Träumerei \"op. 15\"\n"}};
  const std::vector<Tensor> tensors = {Tensor::of<std::uint8_t>("bytes", {3}, bytes),
                                       Tensor::of<double>("numbers", {1, 2}, numbers),
                                       Tensor::of<std::int64_t>("none", {4, 0}, none)};
  ASSERT_TRUE(write_safetensors(path, tensors, metadata));
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata(), metadata);
  EXPECT_THAT(file->find("bytes")->as<std::uint8_t>(), testing::ElementsAreArray(bytes));
  EXPECT_THAT(file->find("numbers")->as<double>(), testing::ElementsAreArray(numbers));
  EXPECT_EQ(file->find("none")->shape, (std::vector<std::int64_t>{4, 0}));
  std::filesystem::remove(path);
}

TEST(Safetensors, AcceptsEmptyTensorsBetweenOthers) {
  EXPECT_EQ(complaint(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                      R"("z":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                      R"("y":{"dtype":"U8","shape":[0,9],"data_offsets":[2,2]}})",
                      2),
            "");
  EXPECT_EQ(complaint("{}", 0), "");
}

TEST(Safetensors, RepairsInvalidUtf8InMetadata) {
  const auto path = std::filesystem::path(testing::TempDir()) / "pno_latin1.safetensors";
  ASSERT_TRUE(write_safetensors(path, {}, {{"title", "Pr\xe9lude"}}));
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("title"), "Pr\xef\xbf\xbdlude");
  std::filesystem::remove(path);
}

// The header is written in parts of 64 KiB; no character or escape may be split.
TEST(Safetensors, LongMetadataSurvivesTheRoundTrip) {
  const auto path = std::filesystem::path(testing::TempDir()) / "pno_long.safetensors";
  const std::vector<std::uint8_t> bytes = {7};
  const Tensor tensor = Tensor::of<std::uint8_t>("a", {1}, bytes);
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'x');
    while (text.size() < 300'000) text += "\"\xe2\x99\xab\\\n\xf0\x9f\x8e\xb9";
    ASSERT_TRUE(write_safetensors(path, std::span(&tensor, 1), {{"a", text}, {"b", "c"}}));
    const auto file = SafetensorsFile::open(path);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->metadata(), (TextFields{{"a", text}, {"b", "c"}}));
    EXPECT_EQ(file->find("a")->as<std::uint8_t>()[0], 7);
  }
  std::filesystem::remove(path);
}

// Every truncation of a valid file is detected.
TEST(Safetensors, RefusesAFileTruncatedAnywhere) {
  const Image image(kTwoTensors, 11);
  for (std::size_t length = 0; length < image.bytes().size(); ++length) {
    const auto said = complaint(image.bytes().first(length));
    EXPECT_THAT(said, HasSubstr("cut short")) << "cut to " << length << " bytes";
  }
}

TEST(Safetensors, RefusesAHeaderLongerThanTheFile) {
  Image image("{}", 0);
  for (const std::uint64_t length : {std::uint64_t{9}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    image.set_header_length(length);
    EXPECT_EQ(complaint(image.bytes()),
              "f: is not a safetensors file, or was cut short in its header");
  }
  image.set_header_length(0);
  EXPECT_NE(complaint(image.bytes()), "");
}

TEST(Safetensors, RefusesAHeaderThatIsNotAJsonObject) {
  for (const auto* header : {"hello", "[]", "7", "{\"a\":", "{} {}", "{\"a\xff\":1}", "null"}) {
    EXPECT_THAT(complaint(header, 0), EndsWith("its header is not a JSON object")) << header;
  }
}

TEST(Safetensors, RefusesDeepNestingWithoutExhaustingTheStack) {
  constexpr std::size_t kDepth = 1'000'000;
  EXPECT_NE(complaint(std::string(kDepth, '['), 0), "");
  EXPECT_NE(complaint("{\"a\":" + std::string(kDepth, '[') + std::string(kDepth, ']') + "}", 0),
            "");
}

TEST(Safetensors, ErrorNamesAnEntryThatIsNotATensor) {
  EXPECT_EQ(complaint(R"({"a":1})", 0), "f: tensor 'a' is not a JSON object");
  EXPECT_EQ(complaint(R"({"a":{}})", 0), "f: tensor 'a' has no known dtype");
  EXPECT_EQ(complaint(R"({"a":{"dtype":"F8"}})", 0), "f: tensor 'a' has no known dtype");
  EXPECT_EQ(complaint(R"({"a":{"dtype":7}})", 0), "f: tensor 'a' has no known dtype");
  EXPECT_EQ(complaint(R"({"a":{"dtype":"U8"}})", 0), "f: tensor 'a' has no shape");
  EXPECT_EQ(complaint(R"({"a":{"dtype":"U8","shape":[1]}})", 1),
            "f: tensor 'a' has no data_offsets");
  for (const auto* offsets : {"[0]", "[0,1,2]", "[-1,0]", "[0,1.0]", "\"0,1\"", "{}"}) {
    const auto header =
        fmt::format(R"({{"a":{{"dtype":"U8","shape":[1],"data_offsets":{}}}}})", offsets);
    EXPECT_EQ(complaint(header, 1), "f: tensor 'a' has no data_offsets") << offsets;
  }
}

TEST(Safetensors, RefusesAShapeThatIsNotAListOfLengths) {
  for (const auto* shape : {"[-1]", "[1.5]", "[\"1\"]", "[[1]]"}) {
    const auto header =
        fmt::format(R"({{"a":{{"dtype":"U8","shape":{},"data_offsets":[0,1]}}}})", shape);
    EXPECT_EQ(complaint(header, 1), "f: tensor 'a' has a shape that is not a list of lengths");
  }
}

// The products below wrap around to small numbers in 64 bits.
TEST(Safetensors, RefusesAShapeThatOverflows) {
  for (const auto* shape : {"[4294967296,4294967296]", "[18446744073709551615]",
                            "[2305843009213693952,8]", "[9223372036854775808]"}) {
    const auto header =
        fmt::format(R"({{"a":{{"dtype":"U64","shape":{},"data_offsets":[0,0]}}}})", shape);
    EXPECT_EQ(complaint(header, 0), "f: tensor 'a' has a shape that is too large for memory")
        << shape;
  }
}

TEST(Safetensors, RefusesBytesThatDoNotMatchTheShape) {
  EXPECT_EQ(complaint(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
            "f: tensor 'a' has 4 bytes, but its shape needs 8");
}

TEST(Safetensors, RefusesOffsetsThatRunBackwards) {
  EXPECT_EQ(complaint(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}})", 2),
            "f: tensor 'a' has data_offsets that run backwards");
}

TEST(Safetensors, RefusesOverlapsGapsAndTrailingBytes) {
  const auto two = [](int second_begin) {
    return fmt::format(R"({{"a":{{"dtype":"U8","shape":[2],"data_offsets":[0,2]}},)"
                       R"("b":{{"dtype":"U8","shape":[2],"data_offsets":[{},{}]}}}})",
                       second_begin, second_begin + 2);
  };
  EXPECT_EQ(complaint(two(2), 4), "");
  EXPECT_EQ(complaint(two(1), 4), "f: tensor 'b' overlaps another or leaves a gap");
  EXPECT_EQ(complaint(two(0), 4), "f: tensor 'b' overlaps another or leaves a gap");
  EXPECT_EQ(complaint(two(3), 5), "f: tensor 'b' overlaps another or leaves a gap");
  EXPECT_EQ(complaint(two(2), 6), "f: has 2 bytes after its last tensor");
}

TEST(Safetensors, RefusesMisalignedValues) {
  EXPECT_EQ(complaint(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                      5),
            "f: tensor 'b' does not begin at a multiple of its element size");
}

TEST(Safetensors, RefusesADuplicateName) {
  EXPECT_EQ(complaint(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                      1),
            "f: has two tensors named 'a'");
}

TEST(Safetensors, RefusesMetadataThatIsNotText) {
  EXPECT_EQ(complaint(R"({"__metadata__":[]})", 0), "f: its metadata is not a JSON object");
  EXPECT_EQ(complaint(R"({"__metadata__":{"k":1}})", 0),
            "f: its metadata has a value under 'k' that is not text");
}

TEST(Safetensors, RequireChecksNameTypeAndShape) {
  const Image image(kTwoTensors, 11);
  const auto file = SafetensorsFile::parse(image.bytes(), "f");
  ASSERT_TRUE(file);
  const std::vector<std::int64_t> any_rows = {-1, 1}, wrong = {1, 2}, flat = {2};
  EXPECT_TRUE(file->require("a", DType::f32, any_rows));
  EXPECT_EQ(file->require("a", DType::f32, wrong).error().message,
            "f: tensor 'a' is F32 [2, 1] where F32 [1, 2] was expected");
  EXPECT_FALSE(file->require("a", DType::f32, flat));
  EXPECT_FALSE(file->require("a", DType::u32, any_rows));
  EXPECT_EQ(file->require("c", DType::f32, flat).error().message, "f: has no tensor 'c'");
}

TEST(Safetensors, OpeningAFolderIsAnError) {
  const auto file = SafetensorsFile::open(testing::TempDir());
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, EndsWith("is a folder where a file was expected"));
}

TEST(SafetensorsDeathTest, WritingAnInvalidTensorAborts) {
  const std::vector<float> one = {1};
  const Tensor tensor = Tensor::of<float>("a", {2}, one);
  EXPECT_DEATH((void)write_safetensors("/dev/null", std::span(&tensor, 1), {}),
               "do not match its shape");
}

}  // namespace
}  // namespace pno
