#include "web/assets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/hex.hpp"

namespace signpost::web {
namespace {

std::vector<std::string> matches(std::string_view text, const char* pattern) {
  std::string copy(text);
  std::regex expression(pattern);
  std::vector<std::string> out;
  for (std::sregex_iterator it(copy.begin(), copy.end(), expression), end; it != end; ++it)
    out.push_back((*it)[1].str());
  return out;
}

TEST(Assets, HoldThePageAndEveryFileThatItNames) {
  const Asset* page = find_asset("/");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_FALSE(page->immutable) << "its path stays when its bytes change";
  auto named = matches(page->bytes, R"re((?:src|href)="([^"]*)")re");
  EXPECT_EQ(named.size(), 3) << "script, style, icon";
  for (const auto& path : named) {
    const Asset* asset = find_asset(path);
    ASSERT_NE(asset, nullptr) << path;
    EXPECT_TRUE(asset->immutable) << path;
    EXPECT_FALSE(asset->bytes.empty()) << path;
  }
}

TEST(Assets, AreSortedAndHaveTheEntityTagOfTheirBytes) {
  EXPECT_TRUE(std::ranges::is_sorted(assets(), {}, &Asset::path));
  std::set<std::string_view> paths;
  for (const Asset& asset : assets()) {
    EXPECT_TRUE(paths.insert(asset.path).second) << asset.path;
    std::string hash = hex_encode(sha256(asset.bytes));
    EXPECT_EQ(asset.etag, "\"" + hash.substr(0, 32) + "\"") << asset.path;
  }
}

TEST(Assets, AreFoundByTheirWholePathAlone) {
  for (const Asset& asset : assets()) EXPECT_EQ(find_asset(asset.path), &asset);
  for (auto path : {"", "/index.html", "//", "/assets", "/assets/", "/assets/../", "/~"})
    EXPECT_EQ(find_asset(path), nullptr) << path;
}

// What `script-src 'self'; style-src 'self'` would refuse.
TEST(Assets, HaveNoInlineScriptOrStyle) {
  for (auto path : {"/", "/docs"}) {
    std::string_view page = find_asset(path)->bytes;
    EXPECT_EQ(page.find("<style"), page.npos) << path;
    EXPECT_TRUE(matches(page, R"re((<script(?![^>]*\ssrc=)[^>]*>))re").empty()) << path;
    EXPECT_TRUE(matches(page, R"re(<[^>]*\s(style|on[a-z]+)\s*=)re").empty()) << path;
    EXPECT_TRUE(matches(page, R"re(((?:src|href)="https?:))re").empty())
        << "nothing from elsewhere";
  }
}

TEST(Assets, ReferenceNamesWhatItNeedsAndEveryLinkOfItLeadsSomewhere) {
  const Asset* docs = find_asset("/docs");
  ASSERT_NE(docs, nullptr);
  EXPECT_EQ(docs->content_type, "text/html; charset=utf-8");
  for (const auto& path : matches(docs->bytes, R"re(href="(/assets/[^"]*)")re"))
    EXPECT_NE(find_asset(path), nullptr) << path;
  auto ids = matches(docs->bytes, R"re(\sid="([^"]*)")re");
  std::set<std::string> known(ids.begin(), ids.end());
  EXPECT_EQ(known.size(), ids.size()) << "an id twice";
  for (const auto& target : matches(docs->bytes, R"re(href="#([^"]*)")re"))
    EXPECT_TRUE(known.contains(target)) << target;
}

}  // namespace
}  // namespace signpost::web
