#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "app/process.hpp"
#include "sigv4/credentials.hpp"

namespace signpost::app {

// Serves S3 from a store's directory until the signal. `when_ready` is called before the first
// request is taken.
struct StoreService {
  std::string directory;
  std::string data;  // where DATA/admin.sock is made
  sigv4::Credentials root_key;
  std::string region;
  std::string domain;
  std::vector<int> listeners;
  std::chrono::seconds keep_uploads;                    // multipart ones that nobody goes on with
  std::shared_ptr<boost::asio::ssl::context> tls = {};  // null: plain HTTP
};
void run_store(const StoreService& service, StopSignal& signal,
               const std::function<void()>& when_ready);

// UsageError where the store listens to a network and the secret is one that can be guessed.
void check_root_secret(const sigv4::Credentials& key, const std::string& listen);

// `signpost store`: the store alone.
Exit run_store_command(const StoreOptions& options);

}  // namespace signpost::app
