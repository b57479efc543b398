#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <variant>

#include "net/message.hpp"

namespace signpost::net {

// The strict request reader, sans-IO (docs/adr/0002). It refuses every form of a request about
// whose end two programs could disagree (SECURITY cases A1-A30), so that a connection is closed
// rather than read on from a guess.
class RequestParser {
 public:
  RequestParser();
  ~RequestParser();

  struct NeedMore {};
  struct Refused {
    unsigned status;  // 400, 414, 417, 431, 501 or 505
    std::string_view detail;
  };
  struct Parsed {
    std::size_t consumed;  // bytes of the head
  };
  using HeadResult = std::variant<NeedMore, Parsed, Refused>;

  // Takes all bytes received so far for this request. `buffer` must stay where it is as long as
  // head() is used: its views point there.
  HeadResult parse_head(std::string_view buffer);
  const RequestHead& head() const { return head_; }

  struct BodyStep {
    enum class Kind { need_more, piece, done, malformed } kind;
    std::size_t consumed = 0;
    std::string_view piece;  // of the decoded body; points into the buffer
  };
  // Takes the bytes received after the head that no earlier step consumed. Fields of a trailer are
  // checked and dropped (A19, A20).
  BodyStep parse_body(std::string_view buffer);
  bool body_done() const;
  bool is_http11() const;

  // Ready for the next request of the connection.
  void reset();

 private:
  class Beast;
  HeadResult check_request_line(std::string_view buffer) const;
  HeadResult finish_head(std::size_t consumed);
  void begin_parsing();
  void clear_head();
  void split_target();
  std::unique_ptr<Beast> beast_;
  RequestHead head_;
  std::size_t scanned_ = 0;
  bool parsing_ = false;  // the head of the request at hand is whole, and Beast has it
  bool plain_ = false;    // or was read by read_plain_head(): no body follows
};

}  // namespace signpost::net
