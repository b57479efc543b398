#pragma once

#include <atomic>
#include <thread>

#include "base/limits.hpp"
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
  static Session session(std::string id, const Principal& principal, long long created = 10) {
    return {.id = std::move(id),
            .principal = principal,
            .groups = {*Group::of("app", "a b"), *Group::of("app", "c:d")},
            .admin = true,
            .created_at = at(created),
            .expires_at = at(100),
            .user_agent = "curl '\" \xC3\xA9",
            .address = "::1"};
  }
  // One whose token is its id.
  void begin(const Session& one) { ASSERT_TRUE(c.create_session(one, sha256(one.id), nullptr)); }
  void begin(std::string id, const Principal& principal) { begin(session(id, principal)); }
  bool has_session(std::string_view token) {
    return c.find_session(sha256(token), at(50)) != nullptr;
  }

  Store store;
  std::unique_ptr<Catalog> catalog = store.open();
  Catalog& c = *catalog;
  const Principal ann = *Principal::user("local", "ann");
  const Principal bea = *Principal::user("local", "bea");
  const Principal bob = *Principal::user("app", "bob");
};

TYPED_TEST_SUITE_P(AccountContract);

TYPED_TEST_P(AccountContract, AUserIsTakenBackWithItsHashAlone) {
  auto& c = this->c;
  const User made = this->user("ann");
  ASSERT_TRUE(c.create_user(made));
  User other = made;
  other.password_hash = Secret("$argon2id$y");
  c.take_back_user(other);
  EXPECT_TRUE(c.find_user("ann"));
  c.take_back_user(made);
  EXPECT_FALSE(c.find_user("ann"));
  EXPECT_TRUE(c.create_user(made));
}

TYPED_TEST_P(AccountContract, UsersAreUniqueWhateverTheCase) {
  auto& c = this->c;
  EXPECT_TRUE(c.create_user(this->user("Ann")));
  EXPECT_EQ(c.create_user(this->user("aNN")).error(), CatalogError::taken);
  auto found = c.find_user("ANN");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->username, "Ann");
  EXPECT_EQ(found->password_hash.reveal(), "$argon2id$x");
  EXPECT_TRUE(found->admin);
  EXPECT_FALSE(found->disabled);
  EXPECT_EQ(found->created_at, at(5));
  EXPECT_FALSE(c.find_user("an"));
  EXPECT_FALSE(c.find_user("' OR 1=1 --"));
}

TYPED_TEST_P(AccountContract, ListsUsersInPages) {
  auto& c = this->c;
  for (const char* name : {"dora", "Ann", "bob", "Cid"})
    ASSERT_TRUE(c.create_user(this->user(name, false)));
  auto names = [&](std::size_t limit, std::string_view after) {
    std::string out;
    auto page = c.list_users(limit, after);
    for (const User& user : page.items) out += user.username + " ";
    return out + (page.more ? "..." : ".");
  };
  EXPECT_EQ(names(3, ""), "Ann bob Cid ...");
  EXPECT_EQ(names(3, "CID"), "dora .");
  EXPECT_EQ(names(4, ""), "Ann bob Cid dora .");
  EXPECT_EQ(names(4, "zoe"), ".");
}

TYPED_TEST_P(AccountContract, APatchChangesOnlyWhatItNames) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("root")));
  ASSERT_TRUE(c.create_user(this->user("Ann", false)));
  auto patched = c.patch_user("aNN", {.admin = true});
  ASSERT_TRUE(patched);
  EXPECT_EQ(patched->username, "Ann");
  EXPECT_TRUE(patched->admin);
  EXPECT_FALSE(patched->disabled);
  EXPECT_EQ(c.find_user("Ann")->password_hash.reveal(), "$argon2id$x");
  EXPECT_TRUE(c.patch_user("Ann", {.password_hash = Secret("new")}));
  auto found = c.find_user("Ann");
  EXPECT_EQ(found->password_hash.reveal(), "new");
  EXPECT_TRUE(found->admin);
  EXPECT_EQ(c.patch_user("nobody", {.disabled = true}).error(), CatalogError::not_found);
}

TYPED_TEST_P(AccountContract, AnAdminRemains) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("ann")));
  ASSERT_TRUE(c.create_user(this->user("bea", false)));
  this->begin("s", this->ann);
  UserPatch no_admin{.password_hash = Secret("new"), .admin = false};
  EXPECT_EQ(c.patch_user("ANN", {.disabled = true}).error(), CatalogError::last_admin);
  EXPECT_EQ(c.patch_user("ann", no_admin).error(), CatalogError::last_admin);
  EXPECT_EQ(c.find_user("ann")->password_hash.reveal(), "$argon2id$x");
  EXPECT_TRUE(this->has_session("s"));
  // A disabled admin is none that counts.
  EXPECT_TRUE(c.patch_user("bea", {.admin = true, .disabled = true}));
  EXPECT_EQ(c.patch_user("ann", {.admin = false}).error(), CatalogError::last_admin);
  EXPECT_TRUE(c.patch_user("bea", {.disabled = false}));
  EXPECT_TRUE(c.patch_user("ann", {.admin = false, .disabled = true}));
  EXPECT_EQ(c.patch_user("bea", {.admin = false}).error(), CatalogError::last_admin);
}

TYPED_TEST_P(AccountContract, OfTwoAdminsWhoEndEachOtherOneRemains) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("keeper")));
  for (int round = 0; round < 20; ++round) {
    std::string names[] = {"x" + std::to_string(round), "y" + std::to_string(round)};
    for (const std::string& name : names) ASSERT_TRUE(c.create_user(this->user(name)));
    ASSERT_TRUE(c.patch_user("keeper", {.disabled = true}));
    std::atomic<int> ended = 0;
    {
      std::vector<std::jthread> threads;
      for (const std::string& name : names)
        threads.emplace_back([&] { ended += c.patch_user(name, {.disabled = true}).has_value(); });
    }
    EXPECT_EQ(ended, 1);
    ASSERT_TRUE(c.patch_user("keeper", {.disabled = false}));
    for (const std::string& name : names) EXPECT_TRUE(c.patch_user(name, {.disabled = true}));
  }
}

TYPED_TEST_P(AccountContract, ANewPasswordEndsTheSessionsOfThatUserAlone) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("ann")));
  ASSERT_TRUE(c.create_user(this->user("bea")));
  this->begin("a1", this->ann);
  this->begin("b1", this->bea);
  this->begin("x1", *Principal::user("app", "ann"));
  EXPECT_TRUE(c.patch_user("Ann", {.password_hash = Secret("new")}));
  EXPECT_FALSE(this->has_session("a1"));
  EXPECT_TRUE(this->has_session("b1"));
  EXPECT_TRUE(this->has_session("x1"));
}

TYPED_TEST_P(AccountContract, ADisabledUserHasNoSession) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("root")));
  ASSERT_TRUE(c.create_user(this->user("ann")));
  this->begin("a1", this->ann);
  EXPECT_TRUE(c.patch_user("ann", {.disabled = true}));
  EXPECT_TRUE(c.find_user("ann")->disabled);
  EXPECT_FALSE(this->has_session("a1"));
  // One that is enabled again signs in anew.
  EXPECT_TRUE(c.patch_user("ann", {.disabled = false}));
  EXPECT_FALSE(this->has_session("a1"));
}

// Who was signing in, or making a token, while the account changed.
TYPED_TEST_P(AccountContract, NothingBeginsOnAWordThatHoldsNoLonger) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("root")));
  ASSERT_TRUE(c.create_user(this->user("ann")));
  Secret old("$argon2id$x");
  auto begin = [&](const Secret* checked) {
    return c.create_session(this->session("s", this->ann), sha256("s"), checked);
  };
  EXPECT_TRUE(begin(&old));
  EXPECT_TRUE(c.patch_user("ann", {.password_hash = Secret("new")}));
  EXPECT_EQ(begin(&old).error(), CatalogError::not_found);
  EXPECT_TRUE(c.patch_user("ann", {.disabled = true}));
  EXPECT_EQ(begin(nullptr).error(), CatalogError::not_found);
  ApiToken token{.id = "t", .name = "n", .principal = this->ann, .scopes = {Scope::read}};
  EXPECT_EQ(c.create_api_token(token, sha256("t")).error(), CatalogError::not_found);
  EXPECT_TRUE(c.patch_user("ann", {.disabled = false}));
  EXPECT_FALSE(this->has_session("s"));
  Session nobodys = this->session("n", *Principal::user("local", "nobody"));
  EXPECT_EQ(c.create_session(nobodys, sha256("n"), nullptr).error(), CatalogError::not_found);
}

TYPED_TEST_P(AccountContract, AnAdminsSessionIsOneOnlyWhileTheUserIs) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("root")));
  ASSERT_TRUE(c.create_user(this->user("ann")));
  this->begin("s", this->ann);
  EXPECT_TRUE(c.find_session(sha256("s"), at(50))->admin);
  EXPECT_TRUE(c.patch_user("ann", {.admin = false}));
  EXPECT_FALSE(c.find_session(sha256("s"), at(50))->admin);
  EXPECT_TRUE(c.patch_user("ann", {.admin = true}));
  EXPECT_TRUE(c.find_session(sha256("s"), at(50))->admin);
}

TYPED_TEST_P(AccountContract, SessionsEnd) {
  auto& c = this->c;
  this->begin("t1", this->bob);
  Session later = this->session("t2", this->bob);
  later.expires_at = at(200);
  this->begin(later);
  auto found = c.find_session(sha256("t1"), at(99));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "t1");
  EXPECT_EQ(found->principal, this->bob);
  EXPECT_EQ(found->groups, later.groups);
  EXPECT_TRUE(found->admin);
  EXPECT_EQ(found->created_at, at(10));
  EXPECT_EQ(found->expires_at, at(100));
  EXPECT_EQ(found->user_agent, later.user_agent);
  EXPECT_EQ(found->address, "::1");
  EXPECT_FALSE(c.find_session(sha256("t1"), at(100)));
  EXPECT_FALSE(c.find_session(sha256("t3"), at(50)));
  EXPECT_EQ(c.delete_expired_sessions(at(100)), 1u);
  EXPECT_FALSE(this->has_session("t1"));
  EXPECT_TRUE(c.delete_session(sha256("t2")));
  EXPECT_FALSE(c.delete_session(sha256("t2")));
  EXPECT_FALSE(this->has_session("t2"));
}

TYPED_TEST_P(AccountContract, SessionsAreListedNewestFirstAndEndedById) {
  auto& c = this->c;
  std::string tail(30, 'x');  // as long as real ones
  for (int i : {1, 2, 3}) this->begin(this->session("s" + std::to_string(i) + tail, this->bob, i));
  this->begin(this->session("s0" + tail, this->bob, 3));  // in the same second
  this->begin("other", *Principal::user("app", "eve"));
  std::string ids;
  std::optional<std::string> after;
  do {
    auto page = c.list_sessions(this->bob, 2, after, at(50));
    ASSERT_TRUE(page);
    for (const Session& one : page->items) ids += one.id.substr(0, 3) + " ";
    after = page->next;
  } while (after);
  EXPECT_EQ(ids, "s3x s0x s2x s1x ");
  EXPECT_FALSE(c.list_sessions(this->bob, 2, "x", at(50)));
  EXPECT_TRUE(c.list_sessions(this->bob, 2, std::nullopt, at(100))->items.empty());
  EXPECT_FALSE(c.delete_session_by_id("other", &this->bob));
  EXPECT_TRUE(this->has_session("other"));
  EXPECT_TRUE(c.delete_session_by_id("s1" + tail, &this->bob));
  EXPECT_FALSE(c.delete_session_by_id("s1" + tail, &this->bob));
  EXPECT_FALSE(this->has_session("s1" + tail));
  EXPECT_TRUE(c.delete_session_by_id("other", nullptr));
}

TYPED_TEST_P(AccountContract, TheOldestOfTooManySessionsGo) {
  auto& c = this->c;
  for (std::size_t i = 0; i <= limits::sessions; ++i)
    this->begin(this->session("s" + std::to_string(i), this->bob, static_cast<long long>(i)));
  this->begin("other", *Principal::user("app", "eve"));
  EXPECT_FALSE(this->has_session("s0"));
  EXPECT_TRUE(this->has_session("s1"));
  EXPECT_TRUE(this->has_session("s" + std::to_string(limits::sessions)));
  EXPECT_EQ(c.list_sessions(this->bob, limits::sessions + 1, std::nullopt, at(50))->items.size(),
            limits::sessions);
}

TYPED_TEST_P(AccountContract, AnApiTokenEndsWithItsTimeItsUserAndItsMaker) {
  auto& c = this->c;
  ASSERT_TRUE(c.create_user(this->user("root")));
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
  EXPECT_TRUE(c.patch_user("ann", {.disabled = true}));
  EXPECT_TRUE(c.patch_user("ann", {.disabled = false}));
  EXPECT_FALSE(c.find_api_token(sha256("4"), at(50)));  // enabling brings none back
  ASSERT_TRUE(c.create_api_token(token("t6"), sha256("6")));
  EXPECT_EQ(c.delete_expired_api_tokens(at(100)), 1u);
  EXPECT_FALSE(c.delete_api_token("t6", nullptr));
}

REGISTER_TYPED_TEST_SUITE_P(AccountContract, AUserIsTakenBackWithItsHashAlone,
                            UsersAreUniqueWhateverTheCase, ListsUsersInPages,
                            APatchChangesOnlyWhatItNames, AnAdminRemains,
                            OfTwoAdminsWhoEndEachOtherOneRemains,
                            ANewPasswordEndsTheSessionsOfThatUserAlone, ADisabledUserHasNoSession,
                            NothingBeginsOnAWordThatHoldsNoLonger,
                            AnAdminsSessionIsOneOnlyWhileTheUserIs, SessionsEnd,
                            SessionsAreListedNewestFirstAndEndedById, TheOldestOfTooManySessionsGo,
                            AnApiTokenEndsWithItsTimeItsUserAndItsMaker);

}  // namespace signpost::testing
