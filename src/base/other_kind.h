#pragma once

// Messages for a user who gave a file of another kind than the one that is read: what the file is,
// and what to do.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/content_kind.h"
#include "base/error.h"

namespace pno {

// The kind that a command reads.
enum class Wanted { midi, model, dataset, events, any };

// A clause for a file of another kind than `wanted`: "is a tar archive, where a MIDI file was
// expected; unpack it first". Empty if the kind is unknown or is the wanted one.
std::string other_kind_clause(ContentKind kind, Wanted wanted);

// The error of a file that could not be read as `wanted`: other_kind_clause() if it has a clause
// for what lies at `path` (for a folder, too), else `error`.
Error explained(Error error, const std::filesystem::path& path, Wanted wanted);

// The same for bytes in memory; `name` stands in the message.
Error explained(Error error, std::span<const std::byte> bytes, std::string_view name,
                Wanted wanted);

}  // namespace pno
