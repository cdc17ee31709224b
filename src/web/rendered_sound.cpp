#include "web/rendered_sound.h"

#ifdef PNO_HAS_SOUND
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "base/file.h"
#include "midi/smf_reader.h"
#include "sound/render.h"
#include "web/limits.h"
#endif

namespace pno::web {

#ifdef PNO_HAS_SOUND

namespace {

struct Format {
  std::string_view name, type;
};
constexpr std::array kFormats = {Format{"wav", "audio/wav"}, Format{"flac", "audio/flac"},
                                 Format{"ogg", "audio/ogg"}};
constexpr std::size_t kPartBytes = 1 << 16;

// A new folder of this user alone; it is removed with all it holds.
class TemporaryFolder {
 public:
  static Expected<TemporaryFolder> make() {
    std::error_code ignored;
    auto name = (std::filesystem::temp_directory_path(ignored) / "pno-render-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      return fail("the sound could not be written: {}", describe_errno(errno));
    }
    return TemporaryFolder(std::move(name));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// A file without a name, read from its beginning.
class FileParts : public PartSource {
 public:
  explicit FileParts(int descriptor) : descriptor_(descriptor) {}
  FileParts(const FileParts&) = delete;
  FileParts& operator=(const FileParts&) = delete;
  ~FileParts() override { ::close(descriptor_); }

  Part next() override {
    std::string bytes(kPartBytes, '\0');
    const auto read = ::read(descriptor_, bytes.data(), bytes.size());
    bytes.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
    return {.bytes = std::move(bytes), .is_last = read <= 0};
  }

 private:
  int descriptor_;
};

}  // namespace

Expected<Answer> render_sound(std::string_view midi, std::string_view format) {
  const auto* const of = std::find_if(kFormats.begin(), kFormats.end(),
                                      [&](const Format& one) { return one.name == format; });
  if (of == kFormats.end()) return fail("format must be wav, flac or ogg");
  const auto bytes = std::as_bytes(std::span(midi));
  auto smf = midi::read_smf(bytes, {.programs = midi::Programs::all});
  if (!smf) return fail("the body {}", smf.error().message);
  if (smf->performance.notes.empty()) return fail("the body has no notes");
  const double seconds = static_cast<double>(smf->performance.length_us()) * 1e-6;
  if (seconds > kMaxRenderSeconds) {
    return fail("the music is {:.0f} seconds long; at most {:.0f} become sound", seconds,
                kMaxRenderSeconds);
  }
  PNO_TRY(const auto folder, TemporaryFolder::make());
  const auto path = folder / fmt::format("sound.{}", format);
  if (auto rendered = sound::render(smf->performance, path, {}, /*progress=*/nullptr); !rendered) {
    // Its message may name a file of this machine.
    return fail("the sound could not be made; `pno render` on this computer says why");
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail("the sound could not be read: {}", describe_errno(errno));
  return Answer{.type = std::string(of->type), .parts = std::make_shared<FileParts>(descriptor)};
}

#else

Expected<Answer> render_sound(std::string_view /*midi*/, std::string_view /*format*/) {
  return fail("this pno was built without sound");
}

#endif

}  // namespace pno::web
