#include "sound/sound_file.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "sound/ogg_serial.h"

namespace pno::sound {
namespace {

constexpr int kStereo = 2;
constexpr std::int64_t kFrameBytes = kStereo * sizeof(std::int16_t);
constexpr std::uint32_t kOggSerial = 1;
constexpr double kOggQuality = 0.6;  // 0..1: about 192 kbit/s at most; a piano needs less
constexpr std::int64_t kMaxWavBytes = 4'294'900'000;  // 32 bits, less room for the headers

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return extension;
}

Expected<int> format_of(const std::filesystem::path& path, int sample_rate, std::int64_t frames) {
  const std::string extension = lower_extension(path);
  if (extension == ".flac") return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  if (extension == ".ogg") return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  if (extension != ".wav") {
    return fail_usage(
        "{}: sound is written as .wav, .flac or .ogg; give the file one of these endings",
        path.string());
  }
  if (frames > kMaxWavBytes / kFrameBytes) {
    return fail("{}: a WAV file ends at 4 GB and {:.1f} hours of sound need more; write a .flac",
                path.string(), static_cast<double>(frames) / sample_rate / 3600);
  }
  return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
}

// libsndfile says "System error : No space left on device."; the middle of that is enough.
tl::unexpected<Error> write_failure(const std::filesystem::path& path, std::string_view reason) {
  constexpr std::string_view kPrefix = "System error : ";
  if (reason.starts_with(kPrefix)) reason.remove_prefix(kPrefix.size());
  while (reason.ends_with('.')) reason.remove_suffix(1);
  return fail("{}: cannot be written: {}; check the space and the permissions there", path.string(),
              reason);
}

}  // namespace

Expected<SoundFile> SoundFile::create(const std::filesystem::path& path, int sample_rate,
                                      std::int64_t frames) {
  PNO_TRY(const int format, format_of(path, sample_rate, frames));
  PNO_TRY(auto file, ReplacingFile::create(path));
  SF_INFO info{};
  info.samplerate = sample_rate;
  info.channels = kStereo;
  info.format = format;
  SNDFILE* sound = ::sf_open(file.aside().c_str(), SFM_WRITE, &info);
  if (sound == nullptr) {
    return write_failure(path, ::sf_strerror(nullptr));
  }
  double quality = kOggQuality;
  ::sf_command(sound, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof quality);
  return SoundFile(path, std::move(file), sound);
}

Expected<void> SoundFile::write(std::span<const std::int16_t> samples) {
  const auto count = static_cast<sf_count_t>(samples.size());
  if (::sf_write_short(sound_.get(), samples.data(), count) != count) {
    return write_failure(path_, ::sf_strerror(sound_.get()));
  }
  return {};
}

Expected<void> SoundFile::commit() {
  if (const int code = ::sf_close(sound_.release()); code != 0) {
    return write_failure(path_, ::sf_error_number(code));
  }
  // A device such as /dev/null cannot be read back.
  if (lower_extension(path_) == ".ogg" && std::filesystem::is_regular_file(file_.aside())) {
    PNO_TRY_VOID(set_ogg_serial(file_.aside(), kOggSerial));
  }
  return file_.commit();
}

}  // namespace pno::sound
