#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "net/http_client.hpp"

namespace signpost::net {

// Reads an upstream's answer, sans-IO, as strictly as RequestParser reads requests: where the
// answer's end is in doubt it is malformed, and nothing of it is passed on.
class ResponseParser {
 public:
  // `to_head`: the request was HEAD, so no body follows whatever the fields say.
  explicit ResponseParser(bool to_head);
  ~ResponseParser();

  enum class Step { need_more, done, malformed };
  // Takes all bytes received so far of this answer; `consumed` is the head's length when done.
  Step parse_head(std::string_view buffer, std::size_t& consumed);
  const ResponseHead& head() const { return head_; }

  struct BodyStep {
    enum class Kind { need_more, piece, done, malformed } kind;
    std::size_t consumed = 0;
    std::string_view piece;
  };
  BodyStep parse_body(std::string_view buffer);
  // The connection ended: whether that ends the body properly.
  bool end_of_file();
  bool body_done() const;
  bool keep_alive() const;

 private:
  class Beast;
  std::unique_ptr<Beast> beast_;
  ResponseHead head_;
  std::size_t scanned_ = 0;
};

}  // namespace signpost::net
