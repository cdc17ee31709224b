// Sessions: reading, drawing, rewinding.

#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "api/answer.h"
#include "api/handles.h"
#include "api/pno.h"
#include "base/fields.h"
#include "model/not_finite.h"

namespace {

using pno::Expected;
using pno::api::answer_bad_call;
using pno::api::answer_ok;
using pno::api::guarded;
using pno::api::SessionOptions;
using pno::events::Kind;

constexpr const char* kNoSession = "session is null";
constexpr const char* kNothingRead = "no token was read; read BOS first";
constexpr const char* kTokenOutside = "a token is outside the model's vocabulary";
constexpr const char* kRoleOutside = "the role is not a pno_role";
constexpr const char* kNoRoles =
    "the model was trained without roles, so it reads tokens as PNO_PLAYED only";

struct Option {
  std::string name, value, help;
};

const std::vector<Option>& options() {
  static const std::vector<Option> kOptions = [] {
    std::vector<Option> list;
    const SessionOptions defaults;
    SessionOptions::fields(defaults, [&](auto name, const auto& value, auto help) {
      list.push_back({std::string(name), pno::field_text(value), std::string(help)});
    });
    return list;
  }();
  return kOptions;
}

const Option* option_at(size_t index) noexcept {
  try {
    return index < options().size() ? &options()[index] : nullptr;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// Reads the control tokens that are due.
void read_controls(pno_session& session) {
  const auto controls = session.piece.take_controls();
  if (controls.empty()) return;
  session.music.prefill(controls);
  for (const pno_token control : controls) session.piece.read(control);
}

}  // namespace

pno_status pno_session_open(const pno_model* model, pno_session** session, pno_error* error) {
  if (model == nullptr || session == nullptr) {
    return answer_bad_call(error, "model or session is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    *session = new pno_session(model->engine);
    return {};
  });
}

void pno_session_close(pno_session* session) {
  delete session;
}

pno_status pno_session_read_as(pno_session* session, const pno_token* tokens, size_t count,
                               pno_role role, pno_error* error) {
  if (session == nullptr) return answer_bad_call(error, kNoSession);
  if (count == 0) return answer_ok(error);
  if (tokens == nullptr) return answer_bad_call(error, "tokens is null");
  const std::span all(tokens, count);
  const auto& vocabulary = session->vocabulary();
  const int size = vocabulary.inputs();
  if (std::any_of(all.begin(), all.end(), [&](pno_token token) { return token >= size; })) {
    return answer_bad_call(error, kTokenOutside);
  }
  const auto number = static_cast<int32_t>(role);
  if (number < 0 || number >= pno::events::kRoles) return answer_bad_call(error, kRoleOutside);
  if (role != PNO_PLAYED && !vocabulary.has_roles) return answer_bad_call(error, kNoRoles);
  const auto as = static_cast<pno::events::Role>(role);
  const bool begins_infill = vocabulary.has_roles && role == PNO_PLAYED &&
                             vocabulary.event(all.front()).kind == Kind::infill;
  return guarded(error, [&]() -> Expected<void> {
    if (begins_infill) read_controls(*session);
    session->music.prefill(all, as);
    for (const pno_token token : all) session->piece.read(token, as);
    return {};
  });
}

pno_status pno_session_read(pno_session* session, const pno_token* tokens, size_t count,
                            pno_error* error) {
  return pno_session_read_as(session, tokens, count, PNO_PLAYED, error);
}

pno_status pno_session_step_as(pno_session* session, pno_token token, pno_role role,
                               pno_error* error) {
  return pno_session_read_as(session, &token, 1, role, error);
}

pno_status pno_session_step(pno_session* session, pno_token token, pno_error* error) {
  return pno_session_read_as(session, &token, 1, PNO_PLAYED, error);
}

pno_status pno_session_control(pno_session* session, const char* name, const char* value,
                               pno_error* error) {
  if (session == nullptr) return answer_bad_call(error, kNoSession);
  if (name == nullptr || value == nullptr) return answer_bad_call(error, "name or value is null");
  return guarded(error, [&]() { return session->piece.ask(name, value); });
}

pno_status pno_session_draw(pno_session* session, pno_token* token, pno_error* error) {
  if (session == nullptr || token == nullptr) {
    return answer_bad_call(error, "session or token is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    if (session->music.logits().empty()) return pno::fail_usage("{}", kNothingRead);
    read_controls(*session);
    const auto drawn = session->piece.draw(session->music.logits());
    if (!drawn) return pno::model::fail_not_finite();
    *token = *drawn;
    return {};
  });
}

const float* pno_session_logits(const pno_session* session) {
  if (session == nullptr || session->music.logits().empty()) return nullptr;
  return session->music.logits().data();
}

int64_t pno_session_position(const pno_session* session) {
  return session == nullptr ? 0 : session->music.position();
}

int64_t pno_session_mended(const pno_session* session) {
  return session == nullptr ? 0 : session->piece.mended();
}

pno_status pno_session_reset(pno_session* session, pno_error* error) {
  if (session == nullptr) return answer_bad_call(error, kNoSession);
  session->music.reset();
  session->piece.restart();
  return answer_ok(error);
}

pno_status pno_session_rewind(pno_session* session, int64_t position, pno_error* error) {
  if (session == nullptr) return answer_bad_call(error, kNoSession);
  if (position < session->music.earliest_rewind() || position > session->music.position()) {
    return answer_bad_call(error, "position is outside the range that this session can rewind to");
  }
  const auto count = static_cast<std::size_t>(session->music.position() - position);
  session->music.rewind(position);
  session->piece.take_back(count);
  return answer_ok(error);
}

int64_t pno_session_earliest_rewind(const pno_session* session) {
  return session == nullptr ? 0 : session->music.earliest_rewind();
}

pno_status pno_session_fork(const pno_session* session, pno_session** fork, pno_error* error) {
  if (session == nullptr || fork == nullptr) {
    return answer_bad_call(error, "session or fork is null");
  }
  return guarded(error, [&]() -> Expected<void> {
    *fork = new pno_session(*session);
    return {};
  });
}

pno_status pno_session_copy(pno_session* to, const pno_session* from, pno_error* error) {
  if (to == nullptr || from == nullptr) return answer_bad_call(error, kNoSession);
  if (to->music.engine() != from->music.engine()) {
    return answer_bad_call(error, "the sessions are of different models");
  }
  if (to == from) return answer_ok(error);
  return guarded(error, [&]() -> Expected<void> {
    to->music.copy_from(from->music);
    to->options = from->options;
    to->piece.copy_from(from->piece);
    return {};
  });
}

pno_status pno_session_set(pno_session* session, const char* name, const char* value,
                           pno_error* error) {
  if (session == nullptr) return answer_bad_call(error, kNoSession);
  if (name == nullptr || value == nullptr) return answer_bad_call(error, "name or value is null");
  return guarded(error, [&]() -> Expected<void> {
    SessionOptions changed = session->options;
    auto found = pno::set_field(changed, name, value);
    if (!found) return pno::fail_usage("{}", found.error().message);
    if (!*found) return pno::fail_usage("'{}' is not an option of a session", name);
    PNO_TRY_VOID(changed.complete());
    if (changed.seed == session->options.seed) {
      session->piece.use(changed.draw);
    } else {
      session->piece.reseed(changed.draw, changed.seed);
    }
    session->options = changed;
    return {};
  });
}

const char* pno_option_name(size_t index) {
  const auto* option = option_at(index);
  return option == nullptr ? nullptr : option->name.c_str();
}

const char* pno_option_default(size_t index) {
  const auto* option = option_at(index);
  return option == nullptr ? nullptr : option->value.c_str();
}

const char* pno_option_help(size_t index) {
  const auto* option = option_at(index);
  return option == nullptr ? nullptr : option->help.c_str();
}
