#include "log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace signpost::log {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

std::string captured(auto call) {
  testing::internal::CaptureStderr();
  call();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesOneLineWithTimeLevelAndProcess) {
  set_process("store");
  const std::string line = captured([] { warn("{} of {}", 1, 2); });
  EXPECT_THAT(line, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{3}Z "
                                 "warning store: 1 of 2\n"));
}

TEST(Log, KeepsAForgedLineOnOneLineAndHidesSecrets) {
  const std::string line =
      captured([] { info("name {}", "x\n2026 error: forged\nCookie: a=topsecret"); });
  EXPECT_THAT(line, AllOf(HasSubstr("x\\n2026"), Not(HasSubstr("topsecret"))));
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(Log, SaysNothingBelowItsLevel) {
  EXPECT_EQ(captured([] { debug("x"); }), "");
  set_level(Level::debug);
  EXPECT_THAT(captured([] { debug("x"); }), HasSubstr("debug"));
  set_level(Level::info);
}

TEST(Log, CutsAMessageThatIsTooLong) {
  const std::string line = captured([] { info("{}", std::string(100'000, 'a')); });
  EXPECT_LT(line.size(), 9000);
  EXPECT_THAT(line, HasSubstr("[cut]"));
}

}  // namespace
}  // namespace signpost::log
