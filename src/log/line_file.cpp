#include "log/line_file.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace signpost::log {
namespace {

constexpr std::size_t lines_waiting = 8192;

spdlog::sink_ptr open(const std::filesystem::path& path) {
  if (path == "-") return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
}

}  // namespace

class LineFile::Impl {
 public:
  explicit Impl(const std::filesystem::path& path)
      : threads_(std::make_shared<spdlog::details::thread_pool>(lines_waiting, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "lines", open(path), threads_, spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    logger_->set_level(spdlog::level::info);
    logger_->flush_on(spdlog::level::info);
  }

  // An async_logger is held by the messages that wait: it has to be a shared_ptr, and its threads
  // end before it does.
  std::shared_ptr<spdlog::details::thread_pool> threads_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

LineFile::LineFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
LineFile::~LineFile() = default;

void LineFile::write(std::string_view line) {
  impl_->logger_->info(spdlog::string_view_t(line.data(), line.size()));
}

std::uint64_t LineFile::dropped() const {
  return impl_->threads_->overrun_counter();
}

}  // namespace signpost::log
