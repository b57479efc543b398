#pragma once

#include <span>

#include "domain/file.hpp"
#include "domain/grant.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

enum class Action {
  create,        // make an entry for FileFacts::owner
  enter_object,  // make one of an object that the store has already: for admins alone, who could
                 // else be anybody that knows a key
  read_entry,    // see the entry
  read_content,  // get the bytes, or a URL to them
  upload,        // put the bytes of a pending file, complete it
  edit,          // name, album, metadata
  remove,
  share,  // see, give and take back grants
};

// "read_content"; for what asks the app.
std::string_view to_text(Action action);

enum class AlbumAction {
  create,  // make an album for AlbumFacts::owner
  read,    // see its entry and the list of its files
  edit,    // its name; put files into it
  remove,
  share,
};

// What the decision needs to know of a file. Of the grants, those on the file and on its album
// whose grantee may be the caller are enough; the others change nothing.
struct FileFacts {
  const Principal& owner;
  const Principal& created_by;
  FileState state = FileState::pending;
  std::span<const Grant> grants = {};
  const Principal* album_owner = nullptr;  // of the album that it is in
  bool app_allows = false;                 // the app, asked about this caller and action, said yes
};
FileFacts facts_of(const File& file, std::span<const Grant> grants = {},
                   const Principal* album_owner = nullptr);

struct AlbumFacts {
  const Principal& owner;
  std::span<const Grant> grants = {};
};

enum class Decision {
  allow,
  unauthenticated,  // 401: nobody asked, whether the file exists or not
  not_found,        // 404: not allowed, or no such file: the two are not told apart
  forbidden,        // 403: creating for another owner, or of an object; says nothing of what exists
};

// Who may: the only place that compares owners and grants. `caller` is null for nobody, `file` null
// where there is no such file. The owner may do everything; whoever made an entry for another may
// see it and upload to it until it is ready; an admin may create for others, but reads nobody's
// files. A viewer reads, an editor also uploads and edits; neither removes nor shares. A grant to
// anyone lets nobody read and no more. Grants only ever add: a decision to allow without looking at
// them stands with any. The app's word adds as they do, but nothing for nobody. Who owns an album
// is an editor of the files in it.
Decision decide(const Caller* caller, Action action, const FileFacts* file);
Decision decide(const Caller* caller, AlbumAction action, const AlbumFacts* album);

// Whether the caller, who may edit a file of `file_owner`, may also put it into that album (null:
// no such album). That shares it with all whom the album is shared with, so the album must be one
// that the caller may edit, and the file or the album the caller's choice to share: the file its
// own, or the album of the file's owner.
bool may_place(const Caller& caller, const Principal& file_owner, const AlbumFacts* album);
// Who makes an entry for another owner puts it where that owner may.
Caller acting_for(const Caller& caller, const Principal& owner);

}  // namespace signpost::domain
