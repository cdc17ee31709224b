#pragma once

// The result of `pno judge` as text, JSON and a page.

#include <string>

#include "cli/judge_music.h"
#include "cli/program.h"
#include "report/judge_page.h"

namespace pno::cli {

std::string judge_summary(const JudgeFlags& flags, const JudgeResult& result);
Json judge_json(const JudgeFlags& flags, const JudgeResult& result);
report::JudgePage page_of(const JudgeFlags& flags, const JudgeResult& result);

}  // namespace pno::cli
