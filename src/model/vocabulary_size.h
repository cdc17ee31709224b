#pragma once

// The number of token ids that a model reads and draws.

namespace pno::model {

struct VocabularySize {
  int inputs = 0;   // rows of the embedding
  int outputs = 0;  // rows of the output matrix: ids 0 … outputs - 1 can be drawn

  // A model that can draw each token, without roles. Implicit: the size is one number then.
  constexpr VocabularySize(int tokens)  // NOLINT(google-explicit-constructor)
      : inputs(tokens), outputs(tokens) {}
  constexpr VocabularySize(int all, int drawn) : inputs(all), outputs(drawn) {}

  bool operator==(const VocabularySize&) const = default;

  // A model with roles (docs/design.md section 2) has input ids for structure and controls, which
  // are not drawn. Each of its tokens has a role.
  constexpr bool has_roles() const { return inputs > outputs; }
};

// The rows of `role_embedding`: role r in 1 … kRoleRows has row r - 1; role 0, played, adds
// nothing.
inline constexpr int kRoleRows = 3;

}  // namespace pno::model
