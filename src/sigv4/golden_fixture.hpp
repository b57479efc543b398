#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "testing/sigv4_records.hpp"

namespace signpost::testing {

// What other people's libraries signed: a file of test/vectors/sigv4.
inline std::vector<SignatureRecord> read_records(const std::string& file) {
  std::ifstream in(SIGNPOST_SOURCE_DIR "/test/vectors/sigv4/" + file);
  EXPECT_TRUE(in.good()) << file;
  std::vector<SignatureRecord> out;
  while (auto record = read_record(in)) out.push_back(std::move(*record));
  return out;
}

}  // namespace signpost::testing
