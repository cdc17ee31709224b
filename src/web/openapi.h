#pragma once

// The description of the API, as served at /api/openapi.json.

#include <string>

namespace pno::web {

std::string openapi_json();

}  // namespace pno::web
