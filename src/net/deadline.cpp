#include "net/deadline.hpp"

#include <time.h>

#include <boost/intrusive/list.hpp>
#include <iterator>

namespace signpost::net {
namespace {

using Clock = std::chrono::steady_clock;

// Off by some milliseconds, and several times as cheap: enough for who looks four times a second.
Clock::time_point coarse_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return Clock::time_point(std::chrono::seconds{time.tv_sec} +
                           std::chrono::nanoseconds{time.tv_nsec});
}

}  // namespace

// One for each io_context (an Asio service: made on first use, gone with the context). It ticks
// only while there is a deadline to watch, so that an idle context can run out of work.
class DeadlineService : public asio::execution_context::service {
 public:
  using key_type = DeadlineService;
  inline static asio::execution_context::id id;

  explicit DeadlineService(asio::execution_context& context)
      : service(context), timer_(static_cast<asio::io_context&>(context)) {}

  void add(Deadline& deadline) {
    deadlines_.push_front(deadline);
    if (!ticking_) tick_later();
  }

  void remove(Deadline& deadline) {
    const auto at = deadlines_.iterator_to(deadline);
    if (cursor_ == at) ++cursor_;
    deadlines_.erase(at);
  }

 private:
  using Deadlines =
      boost::intrusive::list<Deadline,
                             boost::intrusive::member_hook<
                                 Deadline, boost::intrusive::list_member_hook<>, &Deadline::hook_>,
                             boost::intrusive::constant_time_size<false>>;

  void shutdown() override { stopped_ = true; }

  void tick_later() {
    if (stopped_) return;
    ticking_ = true;
    timer_.expires_after(std::chrono::milliseconds{250});
    timer_.async_wait([this](const boost::system::error_code& error) {
      ticking_ = false;
      if (error || stopped_) return;
      tick();
      if (!deadlines_.empty()) tick_later();
    });
  }

  void tick() {
    auto now = coarse_now();
    for (auto at = deadlines_.begin(); at != deadlines_.end(); at = cursor_) {
      cursor_ =
          std::next(at);  // on_expiry may destroy any deadline; remove() keeps the cursor right
      if (at->at_ > now) continue;
      at->at_ = Deadline::never;
      at->expired_ = true;
      at->on_expiry_();
    }
    cursor_ = deadlines_.end();
  }

  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer_;
  Deadlines deadlines_;
  Deadlines::iterator cursor_ = deadlines_.end();
  bool ticking_ = false;
  bool stopped_ = false;
};

Deadline::Deadline(asio::io_context& context, std::function<void()> on_expiry)
    : service_(asio::use_service<DeadlineService>(context)), on_expiry_(std::move(on_expiry)) {
  service_.add(*this);
}

Deadline::~Deadline() {
  service_.remove(*this);
}

void Deadline::expires_after(std::chrono::steady_clock::duration life) {
  expired_ = false;
  at_ = coarse_now() + life;
}

}  // namespace signpost::net
