#include "domain/access.hpp"

#include <algorithm>
#include <utility>

namespace signpost::domain {
namespace {

// In rising order: each includes those before it.
enum class Right { none, viewer, editor, owner };

bool reaches(const Grantee& grantee, const Caller* caller) {
  if (std::holds_alternative<Anyone>(grantee)) return true;
  if (caller == nullptr) return false;
  if (const auto* principal = std::get_if<Principal>(&grantee))
    return *principal == caller->principal;
  return std::ranges::find(caller->groups, std::get<Group>(grantee)) != caller->groups.end();
}

Right right_of(Role role) {
  switch (role) {
    case Role::viewer:
      return Right::viewer;
    case Role::editor:
      return Right::editor;
  }
  std::unreachable();
}

// The highest right that ownership or any grant gives.
Right right_of(const Caller* caller, const Principal& owner, std::span<const Grant> grants) {
  if (caller != nullptr && caller->principal == owner) return Right::owner;
  Right right = Right::none;
  for (const Grant& grant : grants)
    if (reaches(grant.grantee, caller)) right = std::max(right, right_of(grant.role));
  return caller != nullptr ? right : std::min(right, Right::viewer);
}

Right right_of(const Caller* caller, const FileFacts& file) {
  if (caller != nullptr && file.app_allows) return Right::owner;
  Right right = right_of(caller, file.owner, file.grants);
  bool owns_album =
      caller != nullptr && file.album_owner != nullptr && caller->principal == *file.album_owner;
  return owns_album ? std::max(right, Right::editor) : right;
}

Right right_for(Action action) {
  switch (action) {
    case Action::read_entry:
    case Action::read_content:
      return Right::viewer;
    case Action::upload:
    case Action::edit:
      return Right::editor;
    case Action::create:
    case Action::enter_object:
    case Action::remove:
    case Action::share:
      return Right::owner;
  }
  std::unreachable();
}

Right right_for(AlbumAction action) {
  switch (action) {
    case AlbumAction::read:
      return Right::viewer;
    case AlbumAction::edit:
      return Right::editor;
    case AlbumAction::create:
    case AlbumAction::remove:
    case AlbumAction::share:
      return Right::owner;
  }
  std::unreachable();
}

// What somebody may do who made the entry for another: end its upload, also again where the answer
// was lost, and see it until then.
bool finishes_upload(const Caller& caller, Action action, const FileFacts& file) {
  if (caller.principal != file.created_by) return false;
  const bool sees = action == Action::read_entry && file.state == FileState::pending;
  return sees || action == Action::upload;
}

}  // namespace

std::string_view to_text(Action action) {
  switch (action) {
    case Action::create:
      return "create";
    case Action::enter_object:
      return "enter_object";
    case Action::read_entry:
      return "read_entry";
    case Action::read_content:
      return "read_content";
    case Action::upload:
      return "upload";
    case Action::edit:
      return "edit";
    case Action::remove:
      return "remove";
    case Action::share:
      return "share";
  }
  std::unreachable();
}

FileFacts facts_of(const File& file, std::span<const Grant> grants, const Principal* album_owner) {
  return {.owner = file.owner,
          .created_by = file.created_by,
          .state = file.state,
          .grants = grants,
          .album_owner = album_owner};
}

Decision decide(const Caller* caller, Action action, const FileFacts* file) {
  if (caller != nullptr && action == Action::enter_object)
    return caller->admin ? Decision::allow : Decision::forbidden;
  if (file != nullptr && right_of(caller, *file) >= right_for(action)) return Decision::allow;
  if (caller == nullptr) return Decision::unauthenticated;
  if (file == nullptr) return Decision::not_found;
  if (action == Action::create) return caller->admin ? Decision::allow : Decision::forbidden;
  return finishes_upload(*caller, action, *file) ? Decision::allow : Decision::not_found;
}

Decision decide(const Caller* caller, AlbumAction action, const AlbumFacts* album) {
  if (album != nullptr && right_of(caller, album->owner, album->grants) >= right_for(action))
    return Decision::allow;
  if (caller == nullptr) return Decision::unauthenticated;
  if (album == nullptr || action != AlbumAction::create) return Decision::not_found;
  return caller->admin ? Decision::allow : Decision::forbidden;
}

bool may_place(const Caller& caller, const Principal& file_owner, const AlbumFacts* album) {
  if (decide(&caller, AlbumAction::edit, album) != Decision::allow) return false;
  return caller.principal == file_owner || album->owner == file_owner;
}

Caller acting_for(const Caller& caller, const Principal& owner) {
  return caller.principal == owner ? caller : Caller{.principal = owner};
}

}  // namespace signpost::domain
