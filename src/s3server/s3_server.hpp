#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "net/blocking_pool.hpp"
#include "net/server.hpp"
#include "storage/store.hpp"

namespace signpost::s3server {

struct Options {
  std::string region = "us-east-1";
  // The base of virtual-host style names, without a port: "s3.example.com". Empty: path style
  // alone.
  std::string domain = {};
  // The wall clock; the system's where it is not given.
  std::function<UnixSeconds()> now = {};
};

// The S3 HTTP API over a store: every request is authenticated by Signature Version 4, and an
// object is its bucket's owner's alone. The store and the pool must outlive it, and it the server.
// Join the pool after the server's run() and before either goes: a job in it may still hold a
// request's views.
class S3Server {
 public:
  S3Server(storage::Store& store, net::BlockingPool& pool, Options options);
  ~S3Server();
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  // One for each worker; what it keeps is not shared.
  net::Handler handler(net::Worker worker);
  // S3's error documents for what the server answers by itself.
  net::Fallback fallback() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::s3server
