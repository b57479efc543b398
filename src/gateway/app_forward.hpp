#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "base/digest.hpp"
#include "domain/principal.hpp"
#include "gateway/options.hpp"
#include "net/http_client.hpp"
#include "net/message.hpp"

namespace signpost::gateway {

// Asks an app who somebody is, whatever its sessions are ([[auth.forward]]). One for each worker,
// and only on its thread.
class AppForward {
 public:
  // What it is given must outlive it.
  AppForward(net::HttpClient& http, const ForwardOptions& options)
      : http_(http), options_(options) {}

  // Whether the app reads Authorization, so that one that is not ours may be its.
  bool takes_authorization() const;
  // Whether the request has one of the fields that the app is asked with.
  bool applies(const net::RequestHead& head) const;

  struct Word {
    bool answered = false;                 // false: none that counts, and so nobody may pass
    std::optional<domain::Caller> caller;  // nothing: nobody
  };
  // The app's word, at most `cache` old. Who brings the same fields while the app is being asked
  // waits for that answer; limits::forward_deadline bounds both. Never follows a redirect.
  net::Task<Word> ask(const net::RequestHead& head);

 private:
  struct Answer;
  net::Headers fields_of(const net::RequestHead& head) const;
  std::shared_ptr<Answer> find(const Sha256Digest& key);
  std::shared_ptr<Answer> begin(const Sha256Digest& key);
  net::Task<Word> call(net::Headers fields);
  Word read(const net::ResponseHead& head) const;

  net::HttpClient& http_;
  const ForwardOptions& options_;
  std::map<Sha256Digest, std::shared_ptr<Answer>> answers_;
  std::deque<Sha256Digest> order_;  // the keys of answers_, oldest first
};

}  // namespace signpost::gateway
