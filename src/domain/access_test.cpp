#include "domain/access.hpp"

#include <gtest/gtest.h>

namespace signpost::domain {
namespace {

constexpr Action every_action[] = {Action::create, Action::read_entry, Action::read_content,
                                   Action::upload, Action::edit,       Action::remove,
                                   Action::share};

const Principal ann = *Principal::user("local", "ann");
const Principal bob = *Principal::user("local", "bob");
// The same subject of another issuer is somebody else.
const Principal other_ann = *Principal::user("app", "ann");

Caller caller(const Principal& principal, bool admin = false) {
  return {.principal = principal, .admin = admin};
}

TEST(Decide, NobodyIs401WhetherTheFileExistsOrNot) {
  FileFacts file{.owner = ann, .created_by = ann, .state = FileState::ready};
  for (Action action : every_action) {
    EXPECT_EQ(decide(nullptr, action, &file), Decision::unauthenticated);
    EXPECT_EQ(decide(nullptr, action, nullptr), Decision::unauthenticated);
  }
}

TEST(Decide, TheOwnerMayEverything) {
  Caller owner = caller(ann);
  for (FileState state : {FileState::pending, FileState::ready, FileState::failed}) {
    FileFacts file{.owner = ann, .created_by = bob, .state = state};
    for (Action action : every_action) EXPECT_EQ(decide(&owner, action, &file), Decision::allow);
  }
}

TEST(Decide, OthersCannotTellAFileFromNone) {
  FileFacts file{.owner = ann, .created_by = ann, .state = FileState::ready};
  for (const Caller& other : {caller(bob), caller(other_ann), caller(bob, true)})
    for (Action action : every_action) {
      if (action == Action::create) continue;
      EXPECT_EQ(decide(&other, action, &file), Decision::not_found);
      EXPECT_EQ(decide(&other, action, nullptr), Decision::not_found);
    }
}

TEST(Decide, OnlyAdminsCreateForOthers) {
  FileFacts file{.owner = ann, .created_by = bob, .state = FileState::pending};
  Caller user = caller(bob);
  Caller admin = caller(bob, true);
  EXPECT_EQ(decide(&user, Action::create, &file), Decision::forbidden);
  EXPECT_EQ(decide(&admin, Action::create, &file), Decision::allow);
}

TEST(Decide, TheAppsWordAllowsSomebodyAndNeverNobody) {
  FileFacts file{.owner = ann, .created_by = ann, .state = FileState::ready, .app_allows = true};
  Caller user = caller(bob);
  for (Action action : every_action) {
    if (action == Action::create) continue;
    EXPECT_EQ(decide(&user, action, &file), Decision::allow);
    EXPECT_EQ(decide(nullptr, action, &file), Decision::unauthenticated);
  }
  // It says nothing of what does not exist.
  EXPECT_EQ(decide(&user, Action::read_entry, nullptr), Decision::not_found);
}

TEST(Decide, OnlyAdminsEnterObjects) {
  FileFacts file{.owner = ann, .created_by = ann, .state = FileState::ready};
  Caller owner = caller(ann);
  Caller admin = caller(bob, true);
  EXPECT_EQ(decide(&owner, Action::enter_object, &file), Decision::forbidden);
  EXPECT_EQ(decide(&admin, Action::enter_object, &file), Decision::allow);
  EXPECT_EQ(decide(nullptr, Action::enter_object, nullptr), Decision::unauthenticated);
}

TEST(Decide, WhoBeganAnUploadMayEndItAndNoMore) {
  Caller maker = caller(bob, true);
  FileFacts pending{.owner = ann, .created_by = bob, .state = FileState::pending};
  EXPECT_EQ(decide(&maker, Action::upload, &pending), Decision::allow);
  EXPECT_EQ(decide(&maker, Action::read_entry, &pending), Decision::allow);
  EXPECT_EQ(decide(&maker, Action::read_content, &pending), Decision::not_found);
  EXPECT_EQ(decide(&maker, Action::remove, &pending), Decision::not_found);
  FileFacts ready{.owner = ann, .created_by = bob, .state = FileState::ready};
  for (Action action : {Action::read_entry, Action::read_content, Action::edit, Action::remove})
    EXPECT_EQ(decide(&maker, action, &ready), Decision::not_found);
  // Again, where the answer was lost.
  EXPECT_EQ(decide(&maker, Action::upload, &ready), Decision::allow);
}

TEST(Decide, GrantsLetOthersReadOrEditAndNoMore) {
  Grant viewer{.grantee = bob, .role = Role::viewer};
  Grant editor{.grantee = *Group::of("app", "staff"), .role = Role::editor};
  Grant public_viewer{.grantee = Anyone{}, .role = Role::viewer};
  Caller user = caller(bob);
  Caller member{.principal = other_ann, .groups = {*Group::of("app", "staff")}};
  Caller stranger{.principal = other_ann, .groups = {*Group::of("local", "staff")}};
  struct Case {
    const Caller* who;
    std::span<const Grant> grants;
    std::vector<Action> allowed;
  };
  std::vector<Action> reads{Action::read_entry, Action::read_content};
  std::vector<Action> edits{Action::read_entry, Action::read_content, Action::upload, Action::edit};
  for (const Case& c :
       {Case{&user, {&viewer, 1}, reads}, Case{&member, {&viewer, 1}, {}},
        Case{&member, {&editor, 1}, edits}, Case{&stranger, {&editor, 1}, {}},
        Case{nullptr, {&public_viewer, 1}, reads}, Case{&stranger, {&public_viewer, 1}, reads},
        Case{nullptr, {&viewer, 1}, {}}}) {
    FileFacts file{
        .owner = ann, .created_by = ann, .state = FileState::pending, .grants = c.grants};
    std::vector<Action> allowed;
    for (Action action : every_action)
      if (decide(c.who, action, &file) == Decision::allow) allowed.push_back(action);
    EXPECT_EQ(allowed, c.allowed);
  }
}

}  // namespace
}  // namespace signpost::domain
