#include "domain/file_name.hpp"

#include <gtest/gtest.h>

#include "base/percent.hpp"

namespace signpost::domain {
namespace {

std::string clean(std::string_view name) {
  return sanitize_file_name(name).value_or("(not UTF-8)");
}

TEST(FileName, KeepsOrdinaryNames) {
  for (std::string_view name :
       {"plan.pdf", "Räksmörgås.txt", "照片 1.jpg", ".bashrc", "a;b\"c.txt"})
    EXPECT_EQ(clean(name), name);
}

// SECURITY case I6.
TEST(FileName, IsABaseName) {
  EXPECT_EQ(clean("/etc/passwd"), "passwd");
  EXPECT_EQ(clean("C:\\Users\\x\\a.doc"), "a.doc");
  EXPECT_EQ(clean("../../x"), "x");
  for (std::string_view name : {"", ".", "..", "...", "a/", "a/..", " ", " . "})
    EXPECT_EQ(clean(name), "file") << name;
}

TEST(FileName, AvoidsWindowsDevices) {
  EXPECT_EQ(clean("CON"), "_CON");
  EXPECT_EQ(clean("nul.tar.gz"), "_nul.tar.gz");
  EXPECT_EQ(clean("com1 .txt"), "_com1 .txt");
  EXPECT_EQ(clean("console.log"), "console.log");
  EXPECT_EQ(clean("a.txt. ."), "a.txt");
}

// I5, I7.
TEST(FileName, DropsWhatDeceives) {
  EXPECT_EQ(clean("a\r\nSet-Cookie: x"), "aSet-Cookie: x");
  EXPECT_EQ(clean("invoice\u202Egpj.exe"), "invoicegpj.exe");
  EXPECT_EQ(clean("a\u200Bb\u2066c\u2069d\uFEFFe\u061Cf"), "abcdef");
  EXPECT_EQ(clean(std::string_view("a\0b\x7f\xc2\x9b"
                                   "c",
                                   7)),
            "abc");
  EXPECT_EQ(clean("a\u2028b\U000E0041c"), "abc");
}

// A name that becomes a device, or a dot, only once the hidden characters are gone.
TEST(FileName, JudgesTheNameThatIsLeft) {
  EXPECT_EQ(clean("C\u200BON"), "_CON");
  EXPECT_EQ(clean(".\u200B."), "file");
}

// I9.
TEST(FileName, RefusesOtherBytes) {
  EXPECT_FALSE(sanitize_file_name("\xff.jpg"));
  EXPECT_FALSE(sanitize_file_name("\xc0\xaf"));
}

TEST(FileName, IsCutBeforeTheExtension) {
  std::string longest(251, 'a');
  EXPECT_EQ(clean(longest + ".jpg"), longest + ".jpg");
  EXPECT_EQ(clean(std::string(4096, 'a') + ".jpg"), longest + ".jpg");
  std::string umlauts;
  for (int i = 0; i < 2000; ++i) umlauts += "ä";
  std::string cut = clean(umlauts + ".jpeg");
  EXPECT_LE(cut.size(), 255u);
  EXPECT_TRUE(is_utf8(cut));
  EXPECT_TRUE(cut.ends_with("ä.jpeg"));
  EXPECT_EQ(clean("a." + std::string(4096, 'b')).size(), 255u);
}

}  // namespace
}  // namespace signpost::domain
