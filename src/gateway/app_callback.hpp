#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "domain/access.hpp"
#include "gateway/options.hpp"
#include "net/http_client.hpp"

namespace signpost::gateway {

// Asks the app who may, where owner and grants do not say so ([auth.callback]): POST {principal,
// action, file} as JSON. One for each worker, and only on its thread.
class AppCallback {
 public:
  // What it is given must outlive it. Without options nothing is asked and nothing allowed.
  AppCallback(net::HttpClient& http, const std::optional<AppCallbackOptions>& options)
      : http_(http), options_(options) {}

  bool is_configured() const { return options_.has_value(); }

  // True where the app answered 200, now or within `cache`; 403, every other status, an answer that
  // does not come within limits::callback_deadline and none at all are false. Redirects are not
  // followed and bodies not read. Who asks the same while the app is being asked waits for that
  // answer. `file` is null where there is none of that id: the app is asked all the same, so that
  // the time tells nothing.
  net::Task<bool> allows(const domain::Caller& caller, domain::Action action,
                         const domain::FileId& id, const domain::File* file);

 private:
  struct Answer;
  std::shared_ptr<Answer> find(const std::string& key);
  std::shared_ptr<Answer> begin(const std::string& key);
  net::Task<std::optional<bool>> ask(std::string body);

  net::HttpClient& http_;
  const std::optional<AppCallbackOptions>& options_;
  std::unordered_map<std::string, std::shared_ptr<Answer>> answers_;
  std::deque<std::string> order_;  // the keys of answers_, oldest first
};

}  // namespace signpost::gateway
