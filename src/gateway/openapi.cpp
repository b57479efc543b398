#include "gateway/openapi.hpp"

#include "gateway/handlers.hpp"

// #embed is C23's; clang has it in C++ as an extension.
#pragma clang diagnostic ignored "-Wc23-extensions"

namespace signpost::gateway {
namespace {

constexpr char document[] = {
#embed "openapi.json"
};

}  // namespace

std::string_view openapi_document() {
  return {document, sizeof document};
}

net::Task<Outcome> get_openapi(Request&) {
  net::Response response = json_response(std::string(openapi_document()));
  response.headers.add("Cache-Control", "no-cache");
  co_return response;
}

}  // namespace signpost::gateway
