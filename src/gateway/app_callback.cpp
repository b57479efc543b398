#include "gateway/app_callback.hpp"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/json/serialize.hpp>

#include "base/limits.hpp"
#include "gateway/file_json.hpp"
#include "log/log.hpp"

namespace signpost::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Timer = net::asio::basic_waitable_timer<SteadyClock, net::asio::wait_traits<SteadyClock>,
                                              net::Executor>;

constexpr std::size_t answers_kept = 10'000;
// An app that is down is not asked by every request, and is heard soon after it is back.
constexpr std::chrono::seconds failure_kept{1};
// The longest that a call takes: to connect, and to answer.
constexpr auto call_deadline = limits::connect_deadline + limits::callback_deadline;

std::string body_of(const domain::Caller& caller, domain::Action action, const domain::FileId& id,
                    const domain::File* file) {
  boost::json::object body;
  body["principal"] = caller.principal.text();
  body["action"] = domain::to_text(action);
  body["file"] = file ? to_json(*file) : boost::json::object{{"id", id.text()}};
  return boost::json::serialize(body);
}

}  // namespace

// One that is there, or under way.
struct AppCallback::Answer {
  bool done = false;
  bool allowed = false;
  SteadyClock::time_point until;  // good until then; for one under way, given up then
  std::vector<Timer*> waiting;    // in the frames of those who wait
};

std::shared_ptr<AppCallback::Answer> AppCallback::find(const std::string& key) {
  auto at = answers_.find(key);
  if (at == answers_.end() || at->second->until <= SteadyClock::now()) return nullptr;
  return at->second;
}

std::shared_ptr<AppCallback::Answer> AppCallback::begin(const std::string& key) {
  auto answer = std::make_shared<Answer>();
  answer->until = SteadyClock::now() + call_deadline;
  if (answers_.insert_or_assign(key, answer).second) order_.push_back(key);
  if (order_.size() > answers_kept) {
    answers_.erase(order_.front());
    order_.pop_front();
  }
  return answer;
}

// Nothing where the app gave no answer that counts.
net::Task<std::optional<bool>> AppCallback::ask(std::string body) {
  net::ClientRequest request;
  request.method = "POST";
  request.target = options_->url.target;
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", "application/json");
  request.content_length = body.size();
  request.has_body = true;
  request.head_deadline = limits::callback_deadline;
  auto exchange = co_await http_.send(options_->url.origin, std::move(request));
  if (!exchange) co_return std::nullopt;
  // Where that fails the app may have answered early.
  static_cast<void>(co_await (*exchange)->write({body.data(), body.size()}));
  auto head = co_await (*exchange)->read_head();
  if (!head) co_return std::nullopt;
  if (head->content_length == 0u) static_cast<void>(co_await (*exchange)->read_some());
  if (head->status == 200) co_return true;
  if (head->status == 403) co_return false;
  log::warn("auth.callback: the app answered {}, which denies", head->status);
  co_return std::nullopt;
}

net::Task<bool> AppCallback::allows(const domain::Caller& caller, domain::Action action,
                                    const domain::FileId& id, const domain::File* file) {
  std::string key = caller.principal.text();
  key.append("\n").append(domain::to_text(action)).append("\n").append(id.text());
  // Its word is of the file that it was asked about, not of another that has the id by now.
  if (file) key.append("\n").append(file->object.key);
  if (auto answer = find(key)) {
    if (!answer->done) {
      Timer timer(co_await net::asio::this_coro::executor, answer->until);
      answer->waiting.push_back(&timer);
      boost::system::error_code ignored;
      co_await timer.async_wait(
          net::asio::redirect_error(net::asio::use_awaitable_t<net::Executor>(), ignored));
      std::erase(answer->waiting, &timer);
    }
    co_return answer->done && answer->allowed;
  }
  auto answer = begin(key);
  std::optional<bool> word;
  try {
    std::string body = body_of(caller, action, id, file);
    word = co_await ask(std::move(body));
  } catch (const std::exception& error) {
    log::warn("auth.callback failed, which denies: {}", error.what());
  }
  auto kept = word ? options_->cache : std::min(options_->cache, failure_kept);
  answer->until = SteadyClock::now() + kept;
  answer->allowed = word.value_or(false);
  answer->done = true;
  for (Timer* timer : answer->waiting) timer->cancel();
  co_return answer->allowed;
}

}  // namespace signpost::gateway
