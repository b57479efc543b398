// What must hold of decide() whatever the file, the caller and the grants are.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "domain/access.hpp"

namespace signpost::domain {
namespace {

constexpr Action on_files[] = {Action::read_entry, Action::read_content, Action::upload,
                               Action::edit,       Action::remove,       Action::share};

// Few names, so that callers, owners and grantees often meet, also across issuers and kinds.
rc::Gen<std::string> issuer_text() {
  return rc::gen::elementOf(std::vector<std::string>{"app", "local"});
}
rc::Gen<std::string> name_text() {
  return rc::gen::elementOf(std::vector<std::string>{"ann", "bob", "app:ann"});
}
rc::Gen<Principal> principal() {
  return rc::gen::map(rc::gen::pair(issuer_text(), name_text()),
                      [](const auto& p) { return *Principal::user(p.first, p.second); });
}
rc::Gen<Group> group() {
  return rc::gen::map(rc::gen::pair(issuer_text(), name_text()),
                      [](const auto& p) { return *Group::of(p.first, p.second); });
}
rc::Gen<Grantee> grantee() {
  return rc::gen::oneOf(rc::gen::just(Grantee(Anyone{})),
                        rc::gen::map(principal(), [](const Principal& p) { return Grantee(p); }),
                        rc::gen::map(group(), [](const Group& g) { return Grantee(g); }));
}
rc::Gen<Grant> grant() {
  auto role = rc::gen::element(Role::viewer, Role::editor);
  return rc::gen::map(rc::gen::pair(grantee(), role),
                      [](const auto& p) { return Grant{.grantee = p.first, .role = p.second}; });
}
rc::Gen<std::vector<Grant>> grants() {
  return rc::gen::container<std::vector<Grant>>(grant());
}

// A file and who asks for it.
struct Case {
  Principal owner = *principal();
  Principal maker = *principal();
  FileState state = *rc::gen::element(FileState::pending, FileState::ready, FileState::failed);
  std::vector<Grant> grants = *domain::grants();
  Caller caller{.principal = *principal(),
                .groups = *rc::gen::container<std::vector<Group>>(group()),
                .admin = *rc::gen::arbitrary<bool>()};
  bool nobody = *rc::gen::arbitrary<bool>();
  bool in_album = *rc::gen::arbitrary<bool>();
  Principal album_owner = *principal();

  const Caller* asks() const { return nobody ? nullptr : &caller; }
  FileFacts with(std::span<const Grant> given) const {
    return {.owner = owner,
            .created_by = maker,
            .state = state,
            .grants = given,
            .album_owner = in_album ? &album_owner : nullptr};
  }
  bool may(const Caller* who, Action action, std::span<const Grant> given) const {
    FileFacts facts = with(given);
    return decide(who, action, &facts) == Decision::allow;
  }
  // Whether whatever `lesser` allows, `greater` allows too.
  bool includes(const Caller* who, std::span<const Grant> lesser,
                std::span<const Grant> greater) const {
    for (Action action : on_files)
      if (may(who, action, lesser) && !may(who, action, greater)) return false;
    return true;
  }
};

RC_GTEST_PROP(DecideProperty, AddingAGrantTakesNoRightAndRemovingOneGivesNone, ()) {
  Case c;
  std::vector<Grant> more = c.grants;
  auto at = *rc::gen::inRange<std::size_t>(0, more.size() + 1);
  more.insert(more.begin() + static_cast<std::ptrdiff_t>(at), *grant());
  RC_ASSERT(c.includes(c.asks(), c.grants, more));
}

RC_GTEST_PROP(DecideProperty, OnlyGrantsToTheCallerMatter, ()) {
  Case c;
  auto whom = grantees_of(c.asks());
  std::vector<Grant> reaching;
  for (const Grant& g : c.grants)
    if (std::find(whom.begin(), whom.end(), g.grantee) != whom.end()) reaching.push_back(g);
  for (Action action : on_files)
    RC_ASSERT(c.may(c.asks(), action, c.grants) == c.may(c.asks(), action, reaching));
}

RC_GTEST_PROP(DecideProperty, AGroupOfOneIssuerIsNeverThatOfAnother, ()) {
  Case c;
  std::string name = *name_text();
  Group theirs = *Group::of("corp", name);  // of an issuer whose groups no caller here is in
  std::vector<Grant> more = c.grants;
  more.push_back({.grantee = theirs, .role = *rc::gen::element(Role::viewer, Role::editor)});
  c.caller.groups.push_back(*Group::of("app", name));
  for (Action action : on_files)
    RC_ASSERT(c.may(c.asks(), action, c.grants) == c.may(c.asks(), action, more));
}

RC_GTEST_PROP(DecideProperty, ViewerIsPartOfEditorAndEditorOfOwner, ()) {
  Case c;
  Grantee whom = *grantee();
  std::vector<Grant> viewer = c.grants;
  std::vector<Grant> editor = c.grants;
  viewer.push_back({.grantee = whom, .role = Role::viewer});
  editor.push_back({.grantee = whom, .role = Role::editor});
  RC_ASSERT(c.includes(c.asks(), viewer, editor));
  Caller owner{.principal = c.owner};
  for (Action action : on_files) {
    RC_ASSERT(c.may(&owner, action, {}));
    // No grant makes an owner.
    bool owners_alone = action == Action::remove || action == Action::share;
    if (owners_alone && c.caller.principal != c.owner)
      RC_ASSERT(!c.may(c.asks(), action, c.grants));
  }
}

RC_GTEST_PROP(DecideProperty, NobodyMayNoMoreThanAnybodyAndOnlyReads, ()) {
  Case c;
  for (Action action : on_files) {
    if (!c.may(nullptr, action, c.grants)) continue;
    RC_ASSERT(c.may(&c.caller, action, c.grants));
    RC_ASSERT(action == Action::read_entry || action == Action::read_content);
  }
}

RC_GTEST_PROP(DecideProperty, WhoIsRefusedCannotTellAFileFromNone, ()) {
  Case c;
  for (Action action : on_files) {
    if (c.may(c.asks(), action, c.grants)) continue;
    FileFacts facts = c.with(c.grants);
    RC_ASSERT(decide(c.asks(), action, &facts) == decide(c.asks(), action, nullptr));
  }
}

RC_GTEST_PROP(DecideProperty, PuttingAFileIntoAnAlbumIsAChoiceOfOneWhoMayShareIt, ()) {
  Case c;
  Principal album_owner = *principal();
  AlbumFacts album{.owner = album_owner, .grants = c.grants};
  RC_ASSERT(!may_place(c.caller, c.owner, nullptr));
  if (!may_place(c.caller, c.owner, &album)) return;
  RC_ASSERT(decide(&c.caller, AlbumAction::edit, &album) == Decision::allow);
  // Either the caller shares its own, or the owner has said with whom the album is shared.
  RC_ASSERT(c.caller.principal == c.owner || album_owner == c.owner);
}

RC_GTEST_PROP(DecideProperty, OfAlbumsTheSameHolds, ()) {
  Case c;
  std::vector<Grant> more = c.grants;
  more.push_back(*grant());
  AlbumFacts fewer{.owner = c.owner, .grants = c.grants};
  AlbumFacts album{.owner = c.owner, .grants = more};
  constexpr AlbumAction rising[] = {AlbumAction::read, AlbumAction::edit, AlbumAction::share};
  bool before = true;
  for (AlbumAction action : rising) {
    bool allowed = decide(c.asks(), action, &album) == Decision::allow;
    RC_ASSERT(before || !allowed);
    RC_ASSERT(allowed || decide(c.asks(), action, &fewer) != Decision::allow);
    if (!allowed) RC_ASSERT(decide(c.asks(), action, &album) == decide(c.asks(), action, nullptr));
    if (c.nobody) RC_ASSERT(!allowed || action == AlbumAction::read);
    before = allowed;
  }
}

}  // namespace
}  // namespace signpost::domain
