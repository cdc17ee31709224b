#pragma once

// What lies beside MIDI files and tells of them: MAESTRO tables and LICENSE files, each for the
// files below its folder.

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "corpus/file_kind.h"
#include "corpus/source_files.h"

namespace pno::corpus {

class FolderNotes {
 public:
  // What is found is written into `sources`, which outlives the notes.
  explicit FolderNotes(Sources& sources) : sources_(sources) {}

  // The number of the table in Sources::tables; kNone for any other text, which is nobody's
  // business. A table with problems is remarked upon.
  int add_table(const std::string& name, FileKind kind, std::string_view text);
  void add_licence(const std::string& name, std::string_view text);

  // The names of the files that a table lists.
  std::vector<std::string> files_of_table(int table) const;

  // Gives each file what is known of it, and remarks upon listed files that are not there.
  void attach();

 private:
  struct Notes {
    int table = kNone, licence = kNone;
  };
  void attach_nearest(SourceFile& file) const;
  void remark_missing(const std::vector<bool>& found);

  Sources& sources_;
  std::map<std::string, Notes, std::less<>> notes_;  // by the folder's name
  std::unordered_map<std::string, int> row_of_;      // by the name of the file it tells of
  std::vector<int> table_of_row_;
};

}  // namespace pno::corpus
