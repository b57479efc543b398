#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "http/etag.hpp"

namespace signpost::http {

// The field values of a request's preconditions, each as it came; none where it is absent. A field
// that came more than once is to be joined with ", " by the caller.
struct Preconditions {
  std::optional<std::string_view> if_match = {};
  std::optional<std::string_view> if_none_match = {};
  std::optional<std::string_view> if_modified_since = {};
  std::optional<std::string_view> if_unmodified_since = {};
  std::optional<std::string_view> if_range = {};
};

// The selected representation's validators. `exists` is false where there is none.
struct Validators {
  bool exists = true;
  ETag etag;
  UnixSeconds last_modified{};
};

enum class PreconditionVerdict {
  proceed,
  not_modified,         // 304, for GET and HEAD alone
  precondition_failed,  // 412
};

enum class MethodKind { get_or_head, other };

// RFC 9110 section 13.2.2, in its order: If-Match, else If-Unmodified-Since; then If-None-Match,
// else (GET and HEAD) If-Modified-Since. If-Match compares strongly, If-None-Match weakly. A date
// that cannot be read is ignored, as is one in the future for If-Modified-Since; a tag list that
// cannot be read matches nothing.
PreconditionVerdict evaluate_preconditions(MethodKind method, const Preconditions& conditions,
                                           const Validators& current, UnixSeconds now);

// RFC 9110 section 13.1.5: whether Range may be applied. True where If-Range is absent, a strong
// tag equal to the current one, or exactly the current Last-Modified.
bool range_applies(const Preconditions& conditions, const Validators& current, UnixSeconds now);

}  // namespace signpost::http
