// pno export: writes a model file in another precision, for a smaller download.

#include <memory>

#include "cli/commands/commands.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "model/model_file.h"

namespace pno::cli {
namespace {

enum class Stored { bf16, int8, f32 };
constexpr auto enum_names(Stored /*unused*/) {
  return std::array{"bf16", "int8", "f32"};
}

DType dtype_of(Stored stored) {
  switch (stored) {
    case Stored::bf16:
      return DType::bf16;
    case Stored::int8:
      return DType::i8;
    case Stored::f32:
      break;
  }
  return DType::f32;
}

struct ExportFlags {
  std::string model, output;
  Stored precision = Stored::bf16;
};

Expected<Answer> export_model(const ExportFlags& flags) {
  PNO_TRY_VOID(check_output(flags.output, FileKind::model, {flags.model}));
  PNO_TRY(const auto file, model::ModelFile::open(flags.model));
  const DType precision = dtype_of(flags.precision);
  PNO_TRY_VOID(model::write_model_as(flags.output, file, precision));
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(flags.output, unknown);
  const std::uintmax_t known_bytes = unknown ? 0 : bytes;  // unknown for /dev/stdout, for example
  const auto parameters = file.parameter_count();
  return Answer{
      fmt::format("{}: {} parameters in {}, {:.1f} MB\n", flags.output, grouped(parameters),
                  dtype_name(precision), static_cast<double>(known_bytes) / 1e6),
      {{"output", flags.output},
       {"parameters", parameters},
       {"stored", dtype_name(precision)},
       {"bytes", known_bytes}}};
}

}  // namespace

void add_export(Program& program) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App& app = program.add(
      {.name = "export",
       .summary = "Convert a model to bf16 (half the size), int8 (a quarter) or float32",
       .example = "  pno export run/model.safetensors -o small.safetensors\n"
                  "  pno export run/model.safetensors -o web.safetensors "
                  "--precision int8",
       .run = [flags] { return export_model(*flags); }});
  add_argument(app, "MODEL", flags->model, "Model file (run/model.safetensors)");
  add_output(app, flags->output, "Model file to write");
  add_choice(app, "--precision", flags->precision,
             "Type of matrices and relative tables; norms and biases stay float32");
}

}  // namespace pno::cli
