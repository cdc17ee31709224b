// Writes a small model with random weights, for tests that run another program.
//   tiny_model OUT.safetensors [relative|absolute|relative_local|shaw]

#include <gtest/gtest.h>

#include <cstdio>

#include "base/fields.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

constexpr model::ModelConfig kConfig{.layers = 2,
                                     .heads = 2,
                                     .width = 32,
                                     .attention_width = 32,
                                     .ff_width = 64,
                                     .context = 128,
                                     .max_distance = 64,
                                     .block = 32};

int run(const char* path, const char* attention) {
  auto config = kConfig;
  if (const auto parsed = parse_field(attention, config.attention); !parsed) {
    std::fprintf(stderr, "attention: %s\n", parsed.error().message.c_str());
    return 2;
  }
  TestModel(config, events::kPerformance).write(path);
  return testing::Test::HasFailure() ? 1 : 0;
}

}  // namespace
}  // namespace pno::infer

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: tiny_model OUT.safetensors [ATTENTION]\n");
    return 2;
  }
  return pno::infer::run(argv[1], argc == 3 ? argv[2] : "relative");
}
