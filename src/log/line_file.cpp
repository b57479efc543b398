#include "log/line_file.hpp"

#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace signpost::log {
namespace {

constexpr std::size_t lines_waiting = 8192;

spdlog::sink_ptr open(const std::filesystem::path& path) {
  if (path == "-") return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  const int held = open_line_file(path);
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
  ::close(held);  // not before: a pipe's reader would take it for the end
  return sink;
}

}  // namespace

int open_line_file(const std::filesystem::path& path) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
  if (descriptor >= 0) return descriptor;
  const int error = errno;
  const char* cause = error == ENXIO ? ": nobody reads this pipe; start its reader first" : "";
  throw std::system_error(error, std::generic_category(), path.string() + cause);
}

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
