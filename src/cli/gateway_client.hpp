#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/outcome.hpp"
#include "cli/saved_login.hpp"
#include "net/http_client.hpp"

namespace CLI {
class App;
}

// A gateway's HTTP API (openapi.json), as commands use it: one request at a time, each waited for.
namespace signpost::cli {

struct ClientOptions {
  std::string server;  // --server; empty: SIGNPOST_SERVER, else the saved login's
  bool json = false;
};
// --server and --json; `json_text` says what the one JSON document holds.
void add_client_options(CLI::App& command, ClientOptions& options, const std::string& json_text);

// The server refused: what() says what it said and what to do next.
class Refused : public std::runtime_error {
 public:
  Refused(unsigned status, std::string code, const std::string& text)
      : std::runtime_error(text), status_(status), code_(std::move(code)) {}
  unsigned status() const { return status_; }
  const std::string& code() const { return code_; }

 private:
  unsigned status_;
  std::string code_;
};

struct Answer {
  net::ResponseHead head;
  std::string body;
};

// What the bytes of a transfer go through, as they come.
using Sink = std::function<void(std::span<const char>)>;
// Fills the buffer; how many bytes it gave, 0 at the end.
using Source = std::function<std::size_t(std::span<char>)>;

class GatewayClient {
 public:
  // Finds the server, and who asks: SIGNPOST_TOKEN, else the saved login where it is of that
  // server. UsageError where no server is named or the address is none.
  explicit GatewayClient(const ClientOptions& options);
  // For a login: nobody asks yet. Without any server named, http://localhost:8080.
  static GatewayClient for_login(const ClientOptions& options);

  const std::string& server() const { return server_; }
  bool has_token() const { return !token_.empty(); }
  const std::optional<SavedLogin>& login() const { return login_; }

  // Sends a JSON body, where there is one; gives the answer of a 2xx. Throws Refused for another
  // status, std::runtime_error where nothing comes.
  Answer call(std::string_view method, std::string_view target,
              const std::optional<boost::json::object>& body = std::nullopt);
  // The same as a part of something larger, on that client's worker: the answer, whatever its
  // status. This must outlive it.
  net::Task<std::expected<Answer, net::ClientError>> send(
      net::HttpClient& http, std::string_view method, std::string_view target,
      std::optional<boost::json::object> body = std::nullopt) const;
  // What call() throws for an answer that is no 2xx; and what it says where none comes.
  Refused refusal(const Answer& answer) const;
  std::string trouble(net::ClientError error) const;
  // The one JSON object that an answer's body is. Throws std::runtime_error where it is none: not
  // everything that answers 200 is a gateway.
  boost::json::object document_of(const Answer& answer) const;
  // The same as call(), its body parsed.
  boost::json::object get(std::string_view target);
  // Every item of a list, through all its pages. `target` without limit and cursor.
  boost::json::array get_list(const std::string& target);

  // Saves what a Set-Cookie of the answer gives; false where there is none.
  bool keep_session(const Answer& answer);

  // To and from a pre-signed URL: no credential goes along, no redirect is followed.
  struct Transfer {
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
  };
  Answer send_to(const Transfer& transfer, std::uint64_t size, const Source& source);
  Answer fetch_from(const Transfer& transfer, const Sink& sink);

 private:
  net::ClientRequest request_of(std::string_view method, std::string_view target,
                                const std::string& body) const;
  GatewayClient(std::string server, std::string token, std::optional<SavedLogin> login);
  std::string server_;
  net::Origin origin_;
  std::string token_;
  std::optional<SavedLogin> login_;
};

// The text of a field, "" where it is none.
std::string text_field(const boost::json::object& object, std::string_view name);
bool bool_field(const boost::json::object& object, std::string_view name);

}  // namespace signpost::cli
