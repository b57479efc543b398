#include "gateway/app_forward.hpp"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "log/log.hpp"

namespace signpost::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Timer = net::asio::basic_waitable_timer<SteadyClock, net::asio::wait_traits<SteadyClock>,
                                              net::Executor>;

constexpr std::size_t answers_kept = 10'000;
// An app that is down is not asked by every request, and is heard soon after it is back.
constexpr std::chrono::seconds failure_kept{1};

Sha256Digest digest_of(const net::Headers& fields) {
  Sha256 hash;
  // No field holds a line feed, so two different lists are never the same text.
  for (const auto& [name, value] : fields.all())
    hash.update(name).update("\n").update(value).update("\n");
  return hash.finish();
}

// What a browser adds by itself, so that any page can have it sent: cookies, and every scheme of
// Authorization but Bearer.
bool is_sent_unasked(const net::Headers& fields) {
  return std::ranges::any_of(fields.all(), [](const FieldView& field) {
    if (equal_ignoring_case(field.name, "Cookie")) return true;
    return equal_ignoring_case(field.name, "Authorization") &&
           !equal_ignoring_case(field.value.substr(0, 7), "Bearer ");
  });
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> out;
  for (;;) {
    std::size_t comma = text.find(',');
    std::string_view item = trim(text.substr(0, comma));
    if (!item.empty()) out.push_back(item);
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

// One that is there, or under way.
struct AppForward::Answer {
  bool done = false;
  Word word;
  SteadyClock::time_point until;  // good until then; for one under way, given up then
  std::vector<Timer*> waiting;    // in the frames of those who wait
};

bool AppForward::takes_authorization() const {
  return std::ranges::any_of(options_.request_headers, [](const std::string& name) {
    return equal_ignoring_case(name, "Authorization");
  });
}

bool AppForward::applies(const net::RequestHead& head) const {
  return std::ranges::any_of(options_.request_headers,
                             [&](const std::string& name) { return head.count(name) > 0; });
}

// In the order of the configuration, under the names that it gives them.
net::Headers AppForward::fields_of(const net::RequestHead& head) const {
  net::Headers out;
  for (const std::string& name : options_.request_headers)
    for (const FieldView& field : head.fields)
      if (equal_ignoring_case(field.name, name)) out.add(name, field.value);
  return out;
}

std::shared_ptr<AppForward::Answer> AppForward::find(const Sha256Digest& key) {
  auto at = answers_.find(key);
  if (at == answers_.end() || at->second->until <= SteadyClock::now()) return nullptr;
  return at->second;
}

std::shared_ptr<AppForward::Answer> AppForward::begin(const Sha256Digest& key) {
  auto answer = std::make_shared<Answer>();
  // A deadline is noticed a quarter of a second late at most.
  answer->until = SteadyClock::now() + limits::forward_deadline + std::chrono::seconds{1};
  if (answers_.insert_or_assign(key, answer).second) order_.push_back(key);
  if (order_.size() > answers_kept) {
    answers_.erase(order_.front());
    order_.pop_front();
  }
  return answer;
}

AppForward::Word AppForward::read(const net::ResponseHead& head) const {
  if (head.status == 401 || head.status == 403) return {.answered = true, .caller = {}};
  if (head.status < 200 || head.status > 299) {
    log::warn("auth.forward \"{}\": the app answered {}", options_.name, head.status);
    return {};
  }
  auto is_principal = [&](const auto& field) {
    return equal_ignoring_case(field.first, options_.principal_header);
  };
  std::string_view value = trim(head.field(options_.principal_header).value_or(""));
  if (value.empty()) return {.answered = true, .caller = {}};
  auto principal = domain::Principal::user(options_.name, value);
  if (!principal || std::ranges::count_if(head.fields, is_principal) > 1) {
    log::warn("auth.forward \"{}\": {} names no principal", options_.name,
              options_.principal_header);
    return {};
  }
  domain::Caller caller{.principal = *std::move(principal), .groups = {}, .ends_at = {}};
  if (!options_.groups_header.empty())
    for (const auto& [name, list] : head.fields)
      if (equal_ignoring_case(name, options_.groups_header))
        for (std::string_view each : split_list(list))
          if (auto group = domain::Group::of(options_.name, each))
            caller.groups.push_back(*std::move(group));
  return {.answered = true, .caller = std::move(caller)};
}

net::Task<AppForward::Word> AppForward::call(net::Headers fields) {
  net::ClientRequest request;
  request.target = options_.url.target;
  request.headers = std::move(fields);
  request.head_deadline = limits::forward_deadline;
  request.whole_deadline = limits::forward_deadline;
  auto exchange = co_await http_.send(options_.url.origin, std::move(request));
  if (!exchange) co_return Word();
  auto head = co_await (*exchange)->read_head();
  if (!head) co_return Word();
  if (head->content_length == 0u) static_cast<void>(co_await (*exchange)->read_some());
  co_return read(*head);
}

net::Task<AppForward::Word> AppForward::ask(const net::RequestHead& head) {
  net::Headers fields = fields_of(head);
  bool unasked = is_sent_unasked(fields);
  Sha256Digest key = digest_of(fields);
  if (auto answer = find(key)) {
    if (!answer->done) {
      Timer timer(co_await net::asio::this_coro::executor, answer->until);
      answer->waiting.push_back(&timer);
      boost::system::error_code ignored;
      co_await timer.async_wait(
          net::asio::redirect_error(net::asio::use_awaitable_t<net::Executor>(), ignored));
      std::erase(answer->waiting, &timer);
    }
    co_return answer->word;
  }
  auto answer = begin(key);
  Word word;
  try {
    word = co_await call(std::move(fields));
  } catch (const std::exception& error) {
    log::warn("auth.forward \"{}\" failed: {}", options_.name, error.what());
  }
  if (word.caller)
    word.caller->authentication =
        unasked ? domain::Authentication::issuer_cookie : domain::Authentication::bearer_token;
  auto kept = word.answered ? options_.cache : std::min(options_.cache, failure_kept);
  answer->until = SteadyClock::now() + kept;
  answer->word = word;
  answer->done = true;
  for (Timer* timer : answer->waiting) timer->cancel();
  co_return word;
}

}  // namespace signpost::gateway
