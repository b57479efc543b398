#pragma once

#include <cstdint>
#include <string>

namespace signpost::domain {

// What besides File::epoch is in the tickets of the URLs that one holder is given for a file: 0
// until something was withdrawn (ticket.hpp). To be read before it is decided whether that holder
// may have one, so that whatever ends the right meanwhile withdraws that URL too.
struct UrlEpochs {
  std::uint64_t holder = 0;           // of all that this holder was given
  std::uint64_t file_for_holder = 0;  // of this file for it
  std::uint64_t album = 0;            // of the file's album
  bool disabled = false;              // the holder is a local user who may not sign in (any more)
};

// URLs given out that the store has yet to be told to refuse: those with that mark (ticket.hpp).
struct Withdrawal {
  std::int64_t number = 0;  // in the order in which they were made
  std::string mark;
};

}  // namespace signpost::domain
