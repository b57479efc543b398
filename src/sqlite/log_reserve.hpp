#pragma once

#include <string>

namespace signpost::sqlite {

// Takes blocks of the disk for the write-ahead log of a database that is open, before it needs
// them: as many as it grows to before its pages are copied back, and some. So on a disk that
// somebody else fills, a change that frees room can still be written down. False where the file
// system cannot, or has not so much room: then the log has what could be had.
bool reserve_log(const std::string& database_file);

}  // namespace signpost::sqlite
