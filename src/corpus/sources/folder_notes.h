#pragma once

// Files that describe the MIDI files below their folder: MAESTRO tables and LICENSE files.

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "corpus/sources/file_kind.h"
#include "corpus/sources/source_files.h"

namespace pno::corpus {

class FolderNotes {
 public:
  // The results are written into `sources`, which outlives the notes.
  explicit FolderNotes(Sources& sources) : sources_(sources) {}

  // `bytes` are the content of a CSV, JSON or text file. If it names MIDI files, it is a table,
  // which is added to Sources::tables with what is wrong with it: returns its number there. kNone
  // for any other file, and for a text file that is not a table.
  int add_table(const std::string& name, FileKind kind, std::string_view bytes);
  void add_licence(const std::string& name, std::string_view text);

  // The names of the files that a table lists.
  std::vector<std::string> files_of_table(int table) const;

  // Gives each file what is known of it, and each table what is missing in it.
  void attach();

 private:
  struct Notes {
    int table = kNone, licence = kNone;
  };
  void set_table(const std::string& folder, int table);
  void attach_nearest(std::string_view folder, SourceFile& file) const;
  void look_for_missing(const std::vector<bool>& found);

  Sources& sources_;
  std::map<std::string, Notes, std::less<>> notes_;  // by the folder's name
  std::unordered_map<std::string, int> row_of_;      // by the name of its file
  std::vector<int> table_of_row_;
};

}  // namespace pno::corpus
