#include "cli/version.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::cli {
namespace {

TEST(Version, IsOneLineOrOneDocument) {
  EXPECT_THAT(version_text(false), testing::MatchesRegex("signpost [0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(version_text(true),
              testing::MatchesRegex("\\{\"version\":\"[0-9]+\\.[0-9]+\\.[0-9]+\"\\}"));
}

}  // namespace
}  // namespace signpost::cli
