#pragma once

#include "testing/catalog_contract.hpp"

// The part of the catalog's contract that is about accounts (see catalog_contract.hpp).
namespace signpost::testing {

template <class Store>
class AccountContract : public ::testing::Test {
 protected:
  static User user(std::string name, bool admin = true) {
    return {.username = std::move(name),
            .password_hash = Secret("$argon2id$x"),
            .admin = admin,
            .created_at = at(5)};
  }
  Store store;
  const Principal ann = *Principal::user("local", "ann");
  const Principal bob = *Principal::user("app", "bob");
};

TYPED_TEST_SUITE_P(AccountContract);

TYPED_TEST_P(AccountContract, AnApiTokenEndsWithItsTimeItsUserAndItsMaker) {
  auto catalog = this->store.open();
  auto& c = *catalog;
  ASSERT_TRUE(c.create_user(this->user("ann")));
  auto token = [&](std::string id, std::optional<std::string> parent = std::nullopt) {
    return ApiToken{.id = id,
                    .name = "n '\" " + id,
                    .principal = this->ann,
                    .scopes = {Scope::read, Scope::share},
                    .parent = parent,
                    .created_at = at(10),
                    .expires_at = at(100)};
  };
  ASSERT_TRUE(c.create_api_token(token("t1"), sha256("1")));
  ASSERT_TRUE(c.create_api_token(token("t2", "t1"), sha256("2")));
  ASSERT_TRUE(c.create_api_token(token("t3", "t2"), sha256("3")));
  ASSERT_TRUE(c.create_api_token(token("t4"), sha256("4")));
  EXPECT_EQ(c.create_api_token(token("t5", "gone"), sha256("5")).error(), CatalogError::not_found);
  auto found = c.find_api_token(sha256("1"), at(99));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "n '\" t1");
  EXPECT_EQ(found->scopes, Scopes({Scope::read, Scope::share}));
  EXPECT_TRUE(found->admin);
  EXPECT_EQ(found->expires_at, at(100));
  EXPECT_FALSE(c.find_api_token(sha256("1"), at(100)));
  EXPECT_FALSE(c.find_api_token(sha256("t1"), at(50)));

  auto page = c.list_api_tokens(this->ann, 3, std::nullopt, at(50));
  ASSERT_EQ(page->items.size(), 3u);
  EXPECT_EQ(page->items[0].id, "t4");
  ASSERT_TRUE(page->next);
  auto rest = c.list_api_tokens(this->ann, 3, page->next, at(50));
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_EQ(rest->items[0].id, "t1");
  EXPECT_FALSE(rest->next);
  EXPECT_FALSE(c.list_api_tokens(this->ann, 3, "x", at(50)));
  EXPECT_TRUE(c.list_api_tokens(this->bob, 3, std::nullopt, at(50))->items.empty());

  EXPECT_FALSE(c.delete_api_token("t1", &this->bob));
  EXPECT_TRUE(c.delete_api_token("t1", &this->ann));
  for (const char* gone : {"1", "2", "3"}) EXPECT_FALSE(c.find_api_token(sha256(gone), at(50)));
  EXPECT_TRUE(c.find_api_token(sha256("4"), at(50)));
  EXPECT_TRUE(c.set_user_disabled("ann", true));
  EXPECT_TRUE(c.set_user_disabled("ann", false));
  EXPECT_FALSE(c.find_api_token(sha256("4"), at(50)));  // enabling brings none back
  ASSERT_TRUE(c.create_api_token(token("t6"), sha256("6")));
  EXPECT_EQ(c.delete_expired_api_tokens(at(100)), 1u);
  EXPECT_FALSE(c.delete_api_token("t6", nullptr));
}

REGISTER_TYPED_TEST_SUITE_P(AccountContract, AnApiTokenEndsWithItsTimeItsUserAndItsMaker);

}  // namespace signpost::testing
