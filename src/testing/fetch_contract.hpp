#pragma once

#include "domain/ticket.hpp"
#include "testing/catalog_contract.hpp"

// What every implementation of domain::Catalog must do with what was fetched by URLs.
namespace signpost::testing {

template <class Store>
class FetchContract : public CatalogContract<Store> {
 protected:
  static s3::Fetched fetched(const std::string& key, std::uint64_t bytes, long long time = 5) {
    return {ticket, key, 1, bytes, at(time), at(time)};
  }
  std::vector<Fetch> all(std::optional<FileId> file = {}) {
    return this->catalog->list_fetches({.file = file}).items;
  }
  inline static const std::string ticket = "ffffffffhhhhhhhhbbbbbbbbuuuuuuuu";
};
TYPED_TEST_SUITE_P(FetchContract);

TYPED_TEST_P(FetchContract, AddUpByTicketAndObject) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_file(this->file("a")));
  EXPECT_EQ(c.fetch_place("bucket"), "");
  ASSERT_TRUE(c.add_fetches("bucket", "",
                            {{this->fetched("objects/a", 10, 7), this->fetched("other", 1)}, "1"}));
  EXPECT_EQ(c.fetch_place("bucket"), "1");
  ASSERT_TRUE(c.add_fetches("bucket", "1", {{this->fetched("objects/a", 5, 3)}, "2"}));
  this->reopen();
  const auto all = this->all();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].object.key, "other");
  EXPECT_FALSE(all[0].file);
  const Fetch& one = all[1];
  EXPECT_EQ(one.file, file_id("a"));
  EXPECT_EQ(one.object.key, "objects/a");
  EXPECT_EQ(one.ticket, this->ticket);
  EXPECT_EQ(one.requests, 2u);
  EXPECT_EQ(one.bytes, 15u);
  EXPECT_EQ(one.first_at, at(3));
  EXPECT_EQ(one.last_at, at(7));
  EXPECT_FALSE(one.holder);
  EXPECT_EQ(this->all(file_id("a")).size(), 1u);
  EXPECT_TRUE(this->all(file_id("b")).empty());
}

TYPED_TEST_P(FetchContract, NothingCountsTwice) {
  auto& c = *this->catalog;
  const s3::FetchReport report{{this->fetched("k", 10)}, "1"};
  ASSERT_TRUE(c.add_fetches("bucket", "", report));
  EXPECT_FALSE(c.add_fetches("bucket", "", report)) << "another node was first";
  EXPECT_EQ(this->catalog->fetch_place("bucket"), "1");
  ASSERT_EQ(this->all().size(), 1u);
  EXPECT_EQ(this->all()[0].bytes, 10u);
  EXPECT_TRUE(c.add_fetches("another", "", report)) << "each bucket has a place of its own";
}

TYPED_TEST_P(FetchContract, AHolderHasANameFromThenOn) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.add_fetches("bucket", "", {{this->fetched("k", 10)}, "1"}));
  const std::vector<UrlHolder> holders{{std::string(holder_tag(this->ticket)), "user:app:bob"},
                                       {"otherone", "anyone"}};
  c.note_url_holders(holders);
  c.note_url_holders(holders);
  ASSERT_EQ(this->all().size(), 1u);
  EXPECT_EQ(this->all()[0].holder, "user:app:bob");
}

TYPED_TEST_P(FetchContract, PagesAndTheEndOfWhatIsOld) {
  auto& c = *this->catalog;
  s3::FetchReport report{{}, "1"};
  for (int i = 0; i < 5; ++i)
    report.fetched.push_back(this->fetched("k" + std::to_string(i), 1, 100 + i));
  ASSERT_TRUE(c.add_fetches("bucket", "", report));
  std::string keys;
  FetchQuery query{.file = {}, .limit = 2};
  for (;;) {
    const FetchPage page = c.list_fetches(query);
    EXPECT_LE(page.items.size(), 2u);
    for (const Fetch& one : page.items) keys += one.object.key;
    query.after = page.next;
    if (!page.next) break;
  }
  EXPECT_EQ(keys, "k4k3k2k1k0");
  EXPECT_EQ(c.delete_old_fetches(at(103)), 3u);
  EXPECT_EQ(this->all().size(), 2u);
}

REGISTER_TYPED_TEST_SUITE_P(FetchContract, AddUpByTicketAndObject, NothingCountsTwice,
                            AHolderHasANameFromThenOn, PagesAndTheEndOfWhatIsOld);

}  // namespace signpost::testing
