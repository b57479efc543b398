#pragma once

#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/exchange.hpp"
#include "net/task.hpp"

namespace signpost::net {

using Handler = std::function<Task<void>(Exchange&)>;

// One thread with its own io_context. What a handler keeps per core (clients, database readers)
// is made by the factory, once a worker, and never shared.
struct Worker {
  asio::io_context& context;
  unsigned index;
};
using HandlerFactory = std::function<Handler(Worker)>;

// What the server answers by itself, before a handler is reached or after it threw.
struct Fallback {
  // For what the strict reader refuses: the status is 400, 408, 413, 414, 417, 431, 501 or 505.
  std::function<Response(unsigned status, std::string_view detail)> refuse;
  // For an exception out of a handler (500, or 507 where the disk is full ...).
  std::function<Response(const std::exception& error)> failed;
};

struct ServerOptions {
  std::vector<int> listeners;  // bound, listening sockets, one a worker (SO_REUSEPORT); owned
  Fallback fallback;
  std::shared_ptr<asio::ssl::context> tls;  // null: plain HTTP
  unsigned max_connections = 10'000;        // over all workers; past it, accepting waits
};

// Binds `count` listening sockets with SO_REUSEPORT on the same address. Port 0 takes a free one,
// the same for all. "127.0.0.1:8080", "[::1]:8080". Throws std::system_error with the address in
// its text.
std::vector<int> bind_listeners(const std::string& address, unsigned count);
// "127.0.0.1:8080" as the kernel says it.
std::string local_address(int listener);

// TLS 1.2 and later from PEM files. Throws std::runtime_error with the file's name.
std::shared_ptr<asio::ssl::context> load_tls(const std::string& certificate_file,
                                             const std::string& key_file);

// Runs one worker for each listener. run() blocks until stop() has drained: stop() may be called
// from any thread, ends accepting at once, lets exchanges in flight finish for
// limits::drain_deadline, then cuts them.
class Server {
 public:
  Server(ServerOptions options, HandlerFactory factory);
  ~Server();
  void run();
  void stop();
  // Every worker's context, to spawn housekeeping on before run().
  std::vector<asio::io_context*> contexts();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::net
