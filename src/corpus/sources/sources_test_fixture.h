#pragma once

// A folder for each test of find_sources(), and what it finds there without the name of the folder.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "corpus/sources/sources.h"
#include "corpus/test_files.h"

namespace pno::corpus {

class FindSources : public testing::Test {
 protected:
  Sources find(const std::vector<std::string>& names) {
    std::vector<std::filesystem::path> paths;
    for (const auto& name : names) paths.push_back(folder_.path() / name);
    ArchiveStore archives({});
    auto sources = find_sources(paths, archives);
    EXPECT_TRUE(sources.has_value()) << sources.error().message;
    return std::move(*sources);
  }
  // The names that were found, without the folder of the test.
  std::vector<std::string> names_of(const Sources& sources) const {
    std::vector<std::string> names;
    for (const auto& file : sources.files) names.push_back(local(file.location.name));
    return names;
  }
  std::vector<std::string> remarks_of(const Sources& sources) const {
    std::vector<std::string> remarks;
    for (const auto& [name, reason] : sources.remarks) {
      std::string text = local(name) + ": " + reason;
      const std::string prefix = folder_.path().string() + "/";
      for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
        text.erase(at, prefix.size());
      }
      remarks.push_back(std::move(text));
    }
    return remarks;
  }
  // "[not read: ]NAME: REASON (FILES SPLIT BY CONTENT)".
  std::vector<std::string> tables_of(const Sources& sources) const {
    std::vector<std::string> tables;
    for (const auto& table : sources.tables) {
      tables.push_back(fmt::format("{}{}: {} ({})", table.is_read ? "" : "not read: ",
                                   local(table.name), table.reason, table.split_by_content));
    }
    return tables;
  }
  std::string local(const std::string& name) const {
    return std::filesystem::path(name).lexically_relative(folder_.path()).generic_string();
  }

  TestFolder folder_;
};

}  // namespace pno::corpus
