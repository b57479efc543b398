#include "cli/terminal.hpp"

#include <gtest/gtest.h>

#include "cli/progress.hpp"
#include "cli/table.hpp"

namespace signpost::cli {
namespace {

TEST(Printable, LeavesTextAsItIs) {
  for (const char* text : {"", "a b", "Zoë 日本 😀", "a\"'<>&\\"}) EXPECT_EQ(printable(text), text);
}

// Nothing that a server or a user wrote moves the cursor, hides or turns what stands beside it.
TEST(Printable, ReplacesWhatCommandsATerminalOrMisleadsAReader) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\nc\x7F\t"), "a?[2Jb??c??");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "2Jb"),
            "a?2Jb");  // CSI as one character
  EXPECT_EQ(printable("invoice\u202Egpj.exe"), "invoice?gpj.exe");
  EXPECT_EQ(printable("a\u200Bb\uFEFFc\u2066d\u00ADe"), "a?b?c?d?e");
}

TEST(Printable, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\xFF"
                      "b"),
            "a?b");
  EXPECT_EQ(printable("\xC3"), "?");
  EXPECT_EQ(printable("\xED\xA0\x80"), "???");  // a surrogate
}

TEST(Table, AlignsByCharacters) {
  EXPECT_EQ(table({"ID", "NAME"}, {{"1", "x"}, {"é\n", "y"}}), "ID  NAME\n1   x\né?  y\n");
  EXPECT_EQ(table({"ID"}, {}), "ID\n");
}

TEST(SizeText, GrowsWithItsUnits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1024), "1.0 KiB");
  EXPECT_EQ(size_text(300'000), "293.0 KiB");
  EXPECT_EQ(size_text(std::uint64_t{5} << 40), "5.0 TiB");
}

}  // namespace
}  // namespace signpost::cli
