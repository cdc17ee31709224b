#pragma once

// The result of `pno judge` as one self-contained HTML page.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eval/judgement.h"
#include "eval/originality.h"
#include "report/roll_svg.h"

namespace pno::report {

// The longest copied passage of a sample, and its source.
struct CopyCard {
  std::string sample, source;  // names
  eval::CopiedPassage passage;
  eval::Excerpt sample_music;                   // from the beginning of the sample
  std::vector<events::PlainNote> source_music;  // of the whole piece
};

struct OriginalityPart {
  eval::SetOriginality samples, human;
  std::vector<CopyCard> copies;  // those with most notes first
};

struct JudgePage {
  std::string title;
  std::vector<std::pair<std::string, std::string>>
      protocol;  // what was compared with what, and how
  eval::Judgement judgement;
  std::optional<OriginalityPart> originality = {};
};

std::string judge_page(const JudgePage& page);

}  // namespace pno::report
