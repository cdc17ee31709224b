#include "scratch.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "events/stored_vocabulary.h"
#include "midi/smf_writer.h"
#include "model/model_file.h"
#include "model/parameters.h"

namespace pno::cli_test {
namespace {

constexpr const char* kOutput = ".output";  // folder of process.h

constexpr model::ModelConfig kTinyModel{.layers = 2,
                                        .heads = 2,
                                        .width = 16,
                                        .attention_width = 16,
                                        .ff_width = 32,
                                        .context = 64,
                                        .max_distance = 64};

std::vector<float> initial_values(const model::Parameter& parameter, RandomStream& random) {
  std::vector<float> values(static_cast<std::size_t>(parameter.size()));
  for (auto& value : values) {
    switch (parameter.init) {
      case model::Parameter::Init::zeros:
        value = 0;
        break;
      case model::Parameter::Init::ones:
        value = 1;
        break;
      case model::Parameter::Init::normal:
        value = static_cast<float>(parameter.stddev * random.normal());
        break;
    }
  }
  return values;
}

}  // namespace

const std::vector<std::string> kTinyTraining = {"--layers",
                                                "1",
                                                "--heads",
                                                "2",
                                                "--width",
                                                "16",
                                                "--attention-width",
                                                "16",
                                                "--ff-width",
                                                "32",
                                                "--context",
                                                "64",
                                                "--max-distance",
                                                "64",
                                                "--batch",
                                                "2",
                                                "--validation-steps",
                                                "10",
                                                "--validation-windows",
                                                "4",
                                                "--device",
                                                "cpu"};

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void Scratch::SetUp() {
  auto pattern = (std::filesystem::temp_directory_path() / "pno-test-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

void Scratch::TearDown() {
  std::filesystem::remove_all(folder_);
}

Finished Scratch::pno(const std::vector<std::string>& arguments,
                      const std::string& stdin_text) const {
  return Process(PNO_PROGRAM, arguments, folder_, stdin_text).wait();
}

Json Scratch::pno_json(std::vector<std::string> arguments) const {
  arguments.emplace_back("--json");
  const auto finished = pno(arguments);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, testing::EndsWith("}\n"));
  auto json = Json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(json.is_object()) << finished.out;
  return json;
}

void Scratch::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(folder_ / name, std::ios::binary) << bytes;
}

std::string Scratch::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> Scratch::listing() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().filename() != kOutput) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Scratch::write_midi(const std::string& name, int notes, int variant) const {
  constexpr std::int64_t kApartUs = 125'000;
  constexpr std::uint32_t kLengthUs = 100'000;
  midi::Performance performance;
  RandomStream random(static_cast<std::uint64_t>(variant), 0);
  for (int i = 0; i < notes; ++i) {
    performance.notes.push_back({.start_us = i * kApartUs,
                                 .length_us = kLengthUs,
                                 .key_length_us = kLengthUs,
                                 .pitch = static_cast<std::uint8_t>(40 + random.below(40)),
                                 .velocity = static_cast<std::uint8_t>(30 + random.below(80))});
  }
  const auto bytes = midi::write_smf(performance);
  write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void Scratch::write_midi_folder(const std::string& name, int pieces, int notes) const {
  std::filesystem::create_directory(folder_ / name);
  for (int i = 0; i < pieces; ++i) {
    write_midi(name + "/" + std::to_string(i) + ".mid", notes, i);
  }
}

void Scratch::write_notes(const std::string& name) const {
  constexpr int kPieces = 12, kNotes = 100;
  write_midi_folder("pieces-of-" + name, kPieces, kNotes);
  const auto prepared = pno({"prepare", "pieces-of-" + name, "-o", name, "--split", "50/25/25"});
  ASSERT_EQ(prepared.exit_code, 0) << prepared.err;
  std::filesystem::remove_all(folder_ / ("pieces-of-" + name));
}

namespace {

void write_random_model(const std::filesystem::path& path,
                        const events::StoredVocabulary& vocabulary) {
  constexpr float kNever = -100;  // a logit
  const auto& ids = vocabulary.ids;
  const auto parameters = model::parameters(kTinyModel, {ids.inputs(), ids.outputs()});
  RandomStream random(1, 0);
  std::vector<std::vector<float>> values;
  for (const auto& parameter : parameters) {
    values.push_back(initial_values(parameter, random));
    if (parameter.name == "output.bias") {
      values.back()[ids.bos()] = values.back()[ids.eos()] = kNever;
    }
  }
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    tensors.push_back(Tensor::of<float>(parameters[i].name, parameters[i].shape, values[i]));
  }
  TextFields metadata{{"data.licence", "CC0-1.0"}};
  events::put_vocabulary(vocabulary, metadata);
  const auto written = model::write_model(path, kTinyModel, tensors, metadata);
  ASSERT_TRUE(written) << written.error().message;
}

}  // namespace

void Scratch::write_model(const std::string& name) const {
  write_random_model(folder_ / name, events::StoredVocabulary{events::kPerformance});
}

void Scratch::write_model_with_roles(const std::string& name) const {
  write_random_model(folder_ / name, *events::with_roles(events::kPerformance, {"Chopin"}));
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [key, value] : object.items()) names.push_back(key);
  return names;
}

void expect_failure(const Finished& finished, int exit_code, const std::string& what) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, testing::HasSubstr(what));
  EXPECT_THAT(finished.err, testing::StartsWith("pno"));
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
}

}  // namespace pno::cli_test
