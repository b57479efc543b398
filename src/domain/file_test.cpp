#include "domain/file.hpp"

#include <gtest/gtest.h>

namespace signpost::domain {
namespace {

TEST(FileId, TakesWhatAnAppChooses) {
  for (std::string_view text : {"3434323", "a", "A-b_c.d", "...", ".a"})
    EXPECT_TRUE(FileId::parse(text)) << text;
  EXPECT_TRUE(FileId::parse(std::string(128, 'a')));
}

TEST(FileId, RefusesWhatAPathWouldRead) {
  for (std::string_view text : {"", ".", "..", "a/b", "a%2f", "a b", "a?b", "\xc3\xa4", "a\n"})
    EXPECT_FALSE(FileId::parse(text)) << text;
  EXPECT_FALSE(FileId::parse(std::string(129, 'a')));
}

TEST(FileState, WordsRoundTrip) {
  for (auto state : {FileState::pending, FileState::ready, FileState::failed})
    EXPECT_EQ(parse_file_state(to_text(state)), state);
  EXPECT_FALSE(parse_file_state("Ready"));
  for (auto type : {UploadType::put, UploadType::post, UploadType::multipart})
    EXPECT_EQ(parse_upload_type(to_text(type)), type);
  EXPECT_FALSE(parse_upload_type("PUT"));
}

}  // namespace
}  // namespace signpost::domain
