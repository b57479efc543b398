#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/options.hpp"
#include "http/host.hpp"

namespace signpost::gateway {

// Who this server is called, and by whom: the checks of Host and of Origin, all from the
// configuration and never from what a request says.
class Origins {
 public:
  explicit Origins(const Options& options);

  // Whether a request with this Host is meant for this server. Else: 421.
  bool is_own_host(std::string_view host_field) const;
  // Whether the value of Origin is the page's own or an allowed origin. "null" never is.
  bool is_trusted(std::string_view origin_field) const;
  // Whether clients come by https.
  bool secure() const { return secure_; }
  // The own and the allowed origins, for the store's CORS.
  std::vector<std::string> trusted() const;
  // The fields that scripts of allowed origins may send, as a list: those of the API, and by which
  // the apps know their callers.
  const std::string& script_fields() const { return script_fields_; }

 private:
  std::vector<http::WebOrigin> own_;
  std::vector<http::WebOrigin> allowed_;
  std::vector<std::string> own_hosts_;  // as clients nearly always write them
  std::string script_fields_;
  bool secure_ = false;
};

}  // namespace signpost::gateway
