#include "domain/access.hpp"

#include <utility>

namespace signpost::domain {

FileFacts facts_of(const File& file) {
  return {.owner = file.owner, .created_by = file.created_by, .state = file.state};
}

Decision decide(const Caller* caller, Action action, const FileFacts* file) {
  if (caller == nullptr) return Decision::unauthenticated;
  if (file == nullptr) return Decision::not_found;
  bool owner = caller->principal == file->owner;
  bool began_upload = caller->principal == file->created_by && file->state == FileState::pending;
  switch (action) {
    case Action::create:
      return owner || caller->admin ? Decision::allow : Decision::forbidden;
    case Action::read_entry:
    case Action::upload:
      return owner || began_upload ? Decision::allow : Decision::not_found;
    case Action::read_content:
    case Action::edit:
    case Action::remove:
      return owner ? Decision::allow : Decision::not_found;
  }
  std::unreachable();
}

}  // namespace signpost::domain
