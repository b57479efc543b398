#pragma once

#include "base/limits.hpp"
#include "testing/catalog_contract.hpp"

// What every implementation of domain::Catalog must do with answers under Idempotency-Keys.
namespace signpost::testing {

template <class Store>
class KeyedContract : public CatalogContract<Store> {
 protected:
  KeyedAnswer answer(std::string key, long long time = 1000) const {
    return {.principal = this->ann,
            .key = std::move(key),
            .request = sha256("request"),
            .created_at = at(time),
            .status = 201,
            .location = "/v1/files/a",
            .body = "{\"id\":\"a\"}"};
  }
  static constexpr long long day = std::chrono::seconds(limits::idempotency_key_life).count();
};
TYPED_TEST_SUITE_P(KeyedContract);

TYPED_TEST_P(KeyedContract, AnAnswerIsThereIfAndOnlyIfWhatWasCreatedIs) {
  Catalog& c = *this->catalog;
  EXPECT_FALSE(c.find_keyed_answer(this->ann, "k", at(1000)));
  ASSERT_TRUE(c.create_file(this->file("a"), this->answer("k")));
  auto kept = c.find_keyed_answer(this->ann, "k", at(1000));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->request, sha256("request"));
  EXPECT_EQ(kept->status, 201u);
  EXPECT_EQ(kept->location, "/v1/files/a");
  EXPECT_EQ(kept->body, "{\"id\":\"a\"}");
  EXPECT_FALSE(c.find_keyed_answer(this->bob, "k", at(1000)));

  EXPECT_EQ(c.create_file(this->file("b"), this->answer("k")).error(), CatalogError::repeated);
  EXPECT_FALSE(c.find_file(file_id("b")));
  EXPECT_EQ(c.create_album(this->album("b"), this->answer("k")).error(), CatalogError::repeated);
  EXPECT_FALSE(c.find_album(album_id("b")));

  // What fails keeps nothing.
  EXPECT_EQ(c.create_file(this->file("a"), this->answer("k2")).error(), CatalogError::object_taken);
  File lost = this->file("c");
  lost.album = album_id("none");
  EXPECT_EQ(c.create_file(lost, this->answer("k2")).error(), CatalogError::no_album);
  EXPECT_FALSE(c.find_keyed_answer(this->ann, "k2", at(1000)));
  this->reopen();
  EXPECT_TRUE(this->catalog->find_keyed_answer(this->ann, "k", at(1000)));
}

TYPED_TEST_P(KeyedContract, AnAnswerIsKeptForADay) {
  Catalog& c = *this->catalog;
  ASSERT_TRUE(c.create_album(this->album("a"), this->answer("k")));
  EXPECT_TRUE(c.find_keyed_answer(this->ann, "k", at(1000 + this->day - 1)));
  EXPECT_FALSE(c.find_keyed_answer(this->ann, "k", at(1000 + this->day)));
  EXPECT_EQ(c.delete_old_keyed_answers(at(1000 + this->day - 1)), 0u);
  // Past its day the key is free again, swept or not.
  ASSERT_TRUE(c.create_album(this->album("b"), this->answer("k", 1000 + this->day)));
  EXPECT_EQ(c.delete_old_keyed_answers(at(1000 + this->day)), 0u);
  EXPECT_EQ(c.delete_old_keyed_answers(at(1000 + 2 * this->day)), 1u);
  EXPECT_FALSE(c.find_keyed_answer(this->ann, "k", at(1000 + this->day)));
}

TYPED_TEST_P(KeyedContract, OneOfManyCreates) {
  std::atomic<int> created = 0;
  std::atomic<int> repeated = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&, i] {
      auto done =
          this->catalog->create_file(this->file("f" + std::to_string(i)), this->answer("k"));
      if (done) {
        ++created;
      } else if (done.error() == CatalogError::repeated) {
        ++repeated;
      }
    });
  threads.clear();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(repeated, 15);
}

REGISTER_TYPED_TEST_SUITE_P(KeyedContract, AnAnswerIsThereIfAndOnlyIfWhatWasCreatedIs,
                            AnAnswerIsKeptForADay, OneOfManyCreates);

}  // namespace signpost::testing
