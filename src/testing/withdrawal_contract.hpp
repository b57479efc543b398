#pragma once

#include <algorithm>

#include "domain/ticket.hpp"
#include "testing/catalog_contract.hpp"

// What every implementation of domain::Catalog must do with URLs that were given out.
namespace signpost::testing {

template <class Store>
class WithdrawalContract : public CatalogContract<Store> {
 protected:
  void SetUp() override {
    auto& c = *this->catalog;
    ASSERT_TRUE(c.create_album(this->album("trip")));
    File file = this->file("a");
    file.album = album_id("trip");
    file.epoch = 5;
    ASSERT_TRUE(c.create_file(file));
  }
  // The marks that are in the outbox since last asked.
  std::vector<std::string> marks() {
    auto pending = this->catalog->pending_withdrawals(100);
    this->catalog->forget_withdrawals(pending);
    std::vector<std::string> out;
    for (const Withdrawal& one : pending) out.push_back(one.mark);
    return out;
  }
  File now() { return *this->catalog->find_file(file_id("a")); }
  UrlEpochs epochs(const Principal* holder) {
    return this->catalog->find_url_epochs(holder, now());
  }
  void grant(const GrantTarget& target, const Grantee& grantee) {
    ASSERT_TRUE(this->catalog->put_grant(target, this->ann, {grantee, Role::viewer, at(5)}));
  }
  const std::string bob_text = "user:app:bob";
};
TYPED_TEST_SUITE_P(WithdrawalContract);

TYPED_TEST_P(WithdrawalContract, OfAFile) {
  auto& c = *this->catalog;
  EXPECT_EQ(c.withdraw_urls(file_id("a"), this->bob, {}).error(), CatalogError::not_found);
  EXPECT_EQ(c.withdraw_urls(file_id("b"), this->ann, {}).error(), CatalogError::not_found);
  EXPECT_TRUE(this->marks().empty());
  ASSERT_TRUE(c.withdraw_urls(file_id("a"), this->ann, {}));
  EXPECT_EQ(this->now().epoch, 6u);
  EXPECT_EQ(this->marks(), (std::vector{mark_of_file(file_id("a"), 5)}));
  EXPECT_TRUE(this->marks().empty());
  ASSERT_TRUE(c.withdraw_urls(file_id("a"), this->ann, {}));
  this->reopen();
  EXPECT_EQ(this->marks(), (std::vector{mark_of_file(file_id("a"), 6)}));
}

TYPED_TEST_P(WithdrawalContract, OfOneHolder) {
  auto& c = *this->catalog;
  EXPECT_EQ(this->epochs(&this->bob).file_for_holder, 0u);
  for (std::uint64_t epoch : {0, 1}) {
    ASSERT_TRUE(c.withdraw_urls(file_id("a"), this->ann, this->bob_text));
    EXPECT_EQ(this->marks(),
              (std::vector{mark_of_file_for(file_id("a"), 5, this->bob_text, epoch)}));
    EXPECT_EQ(this->epochs(&this->bob).file_for_holder, epoch + 1);
  }
  EXPECT_EQ(this->epochs(&this->ann).file_for_holder, 0u);
  EXPECT_EQ(this->epochs(nullptr).file_for_holder, 0u);
  EXPECT_EQ(c.find_url_epochs(&this->bob, this->file("b")).file_for_holder, 0u) << "another file's";
  EXPECT_EQ(this->now().epoch, 5u);
}

// Whoever looked for an album's epoch before the album was there does not hide what it has then.
TYPED_TEST_P(WithdrawalContract, OfAnAlbumThatIsMadeLater) {
  auto& c = *this->catalog;
  File file = this->now();
  file.album = album_id("later");
  EXPECT_EQ(c.find_url_epochs(nullptr, file).album, 0u);
  ASSERT_TRUE(c.create_album(this->album("later")));
  const std::uint64_t epoch = c.find_url_epochs(nullptr, file).album;
  this->reopen();
  EXPECT_EQ(this->catalog->find_url_epochs(nullptr, file).album, epoch);
}

TYPED_TEST_P(WithdrawalContract, WhatTakesARightAway) {
  auto& c = *this->catalog;
  const Grantee friends = *Group::of("app", "friends");
  this->grant(file_id("a"), this->bob);
  this->grant(file_id("a"), friends);
  this->grant(album_id("trip"), this->bob);
  this->grant(album_id("trip"), Anyone{});
  EXPECT_TRUE(this->marks().empty());
  const std::uint64_t album = this->epochs(nullptr).album;

  EXPECT_TRUE(c.delete_grant(file_id("a"), this->bob));
  EXPECT_EQ(this->marks(), (std::vector{mark_of_file_for(file_id("a"), 5, this->bob_text, 0)}));
  EXPECT_FALSE(c.delete_grant(file_id("a"), this->bob));
  EXPECT_TRUE(this->marks().empty());
  EXPECT_TRUE(c.delete_grant(file_id("a"), friends));
  EXPECT_EQ(this->marks(), (std::vector{mark_of_file(file_id("a"), 5)}));
  EXPECT_TRUE(c.delete_grant(album_id("trip"), this->bob));
  EXPECT_EQ(this->marks(), (std::vector{mark_of_holder(this->bob_text, 0)}));
  EXPECT_EQ(this->epochs(&this->bob).holder, 1u);
  EXPECT_TRUE(c.delete_grant(album_id("trip"), Anyone{}));
  EXPECT_EQ(this->marks(), (std::vector{mark_of_album(album_id("trip"), album)}));
  EXPECT_EQ(this->epochs(nullptr).album, album + 1);

  ASSERT_TRUE(c.patch_file(this->file("a"), {.name = "x"}, at(9)));
  EXPECT_TRUE(this->marks().empty());
  ASSERT_TRUE(c.patch_file(this->file("a"), {.album = std::optional<AlbumId>()}, at(9)));
  EXPECT_EQ(this->marks(), (std::vector{mark_of_file(file_id("a"), 6)}));
  ASSERT_TRUE(c.patch_file(this->file("a"), {.album = album_id("trip")}, at(9)));
  EXPECT_TRUE(this->marks().empty());
  EXPECT_TRUE(c.delete_album(album_id("trip"), this->ann));
  EXPECT_EQ(this->marks(), (std::vector{mark_of_album(album_id("trip"), album + 1)}));
  ASSERT_TRUE(c.delete_file(this->file("a"), at(9)));
  EXPECT_EQ(this->marks(), (std::vector{mark_of_file(file_id("a"), 7)}));
}

// Its tags are withdrawn for days after the first has gone.
TYPED_TEST_P(WithdrawalContract, WhatTakesAFreedIdHasOtherEpochs) {
  auto& c = *this->catalog;
  const std::uint64_t album = this->epochs(nullptr).album;
  ASSERT_TRUE(c.withdraw_urls(file_id("a"), this->ann, this->bob_text));
  ASSERT_TRUE(c.delete_file(this->file("a"), at(9)));
  for (const ObjectRef& object : c.doomed_objects("bucket", 10)) c.forget_doomed_object(object);
  ASSERT_TRUE(c.delete_album(album_id("trip"), this->ann));
  ASSERT_TRUE(c.create_album(this->album("trip")));
  File again = this->file("a");
  again.album = album_id("trip");
  again.epoch = 900;
  ASSERT_TRUE(c.create_file(again));
  EXPECT_EQ(this->now().epoch, 900u);
  EXPECT_EQ(this->epochs(&this->bob).file_for_holder, 0u);
  EXPECT_GT(
      std::max(this->epochs(nullptr).album, album) - std::min(this->epochs(nullptr).album, album),
      1000u);
}

TYPED_TEST_P(WithdrawalContract, OfADisabledUser) {
  auto& c = *this->catalog;
  ASSERT_TRUE(c.create_user(
      {.username = "ann", .password_hash = Secret("$argon2id$x"), .created_at = at(5)}));
  EXPECT_FALSE(this->epochs(&this->ann).disabled);
  EXPECT_TRUE(c.patch_user("ANN", {.disabled = true}));
  EXPECT_TRUE(this->epochs(&this->ann).disabled);
  EXPECT_EQ(this->marks(), (std::vector{mark_of_holder("user:local:ann", 0)}));
  EXPECT_TRUE(c.patch_user("ann", {.disabled = true}));
  EXPECT_TRUE(this->marks().empty()) << "it was so already";
  EXPECT_TRUE(c.patch_user("ann", {.disabled = false}));
  EXPECT_EQ(this->epochs(&this->ann).holder, 1u);
  EXPECT_FALSE(this->epochs(&this->ann).disabled);
  EXPECT_TRUE(this->marks().empty());
  EXPECT_FALSE(c.patch_user("nobody", {.disabled = true}));
  EXPECT_TRUE(this->marks().empty());
}

REGISTER_TYPED_TEST_SUITE_P(WithdrawalContract, OfAFile, OfOneHolder, OfAnAlbumThatIsMadeLater,
                            WhatTakesARightAway, WhatTakesAFreedIdHasOtherEpochs, OfADisabledUser);

}  // namespace signpost::testing
