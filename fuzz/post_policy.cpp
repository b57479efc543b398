// Any bytes as a policy's document, and any form against it: what is allowed is really covered, the
// right bucket's, in time, and for one meaning of the document.
#include "s3/post_policy.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/base64.hpp"

using signpost::s3::PostForm;
using signpost::s3::PostPolicy;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr signpost::UnixSeconds now{std::chrono::seconds(1'795'493'106)};

// Lines of name=value, up to an empty one; the rest is the document.
PostForm take_form(std::string_view& text) {
  PostForm form;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) break;
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string_view value = line.substr(std::min(equals + 1, line.size()));
    (void)form.add(line.substr(0, equals), std::string(value));
  }
  (void)form.name_key("dir/file name.png");
  return form;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const PostForm form = take_form(text);
  (void)PostPolicy::parse(text);
  const auto policy = PostPolicy::parse(signpost::base64_encode(text));
  if (!policy) {
    require(policy.error().code == signpost::s3::ErrorCode::InvalidPolicyDocument);
    return 0;
  }
  const auto range = policy->check(form, "photos", now, now);
  if (!range) {
    require(range.error().code == signpost::s3::ErrorCode::AccessDenied);
    return 0;
  }
  require(range->least <= range->most);
  require(policy->expiration() > now && policy->expiration() - now <= std::chrono::hours(168));
  require(!form.get("bucket") || form.get("bucket") == "photos");
  PostForm more = form;
  require(more.add("nobody-covers-this-name", "1").has_value());
  require(!policy->check(more, "photos", now, now) || text.contains("nobody") ||
          text.contains("\\u"));
  require(!policy->check(form, "photos", now, policy->expiration()));
  return 0;
}
