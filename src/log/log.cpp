#include "log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <utility>

#include "log/redact.hpp"

namespace signpost::log {
namespace {

// Longer messages are cut, so that one request cannot fill a disk.
constexpr std::size_t message_bytes = 8 * 1024;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  std::unreachable();
}

void use_name(spdlog::logger& logger, const std::string& name) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %l " + name + ": %v", spdlog::pattern_time_type::utc);
  logger.set_formatter(std::move(formatter));
}

// The process has one standard error, and so one logger, the only object of its kind. Not
// destroyed: what runs at exit may still log.
spdlog::logger& logger() {
  static spdlog::logger& instance = *[] {
    auto made = std::make_unique<spdlog::logger>("signpost",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::info);
    use_name(*made, "signpost");
    return made.release();
  }();
  return instance;
}

}  // namespace

void write(Level level, std::string_view message) {
  spdlog::logger& out = logger();
  const auto at = to_spdlog(level);
  if (!out.should_log(at)) return;
  std::string line = redact(message);
  if (line.size() > message_bytes) {
    line.resize(message_bytes);
    line += " [cut]";
  }
  out.log(at, spdlog::string_view_t(line.data(), line.size()));
}

bool is_written(Level level) {
  return logger().should_log(to_spdlog(level));
}

void set_level(Level level) {
  logger().set_level(to_spdlog(level));
}

void set_process(std::string name) {
  use_name(logger(), redact(name));
}

}  // namespace signpost::log
