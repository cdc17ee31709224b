#include "web/answer.h"

#include <nlohmann/json.hpp>

namespace pno::web {

Answer refusal(int status, std::string_view sentence) {
  using Json = nlohmann::json;
  const Json body = {{"error", sentence}};
  return {.status = status, .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace pno::web
