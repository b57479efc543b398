#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"

namespace signpost::app {

// The sources of a configuration taken apart into single values, before any is judged.

struct TableMark {};  // a section, or one element of an array of tables
struct ListMark {};   // an array; its elements are entries of their own
struct OtherType {
  std::string_view name;  // "a date": what no setting takes
};
using EntryValue = std::variant<std::string, std::int64_t, bool, TableMark, ListMark, OtherType>;

enum class Layer { file, environment, option };

struct Entry {
  std::string path;                  // "auth.jwt[].issuer"
  std::vector<std::size_t> indexes;  // one for each "[]"
  std::string where;                 // for ConfigError
  Layer layer;
  EntryValue value;

  // "auth.jwt[0].issuer"
  std::string shown() const;
};

// Every value of the file in its order, or the one error that stopped the TOML parser.
std::expected<std::vector<Entry>, ConfigError> entries_of_file(const ConfigSources& sources);
// Those of the environment, ordered so that an array's elements come in turn.
std::vector<Entry> entries_of_environment(const ConfigSources& sources);
std::vector<Entry> entries_of_options(const ConfigSources& sources);

// "a text", "an integer": for messages.
std::string_view type_name(const EntryValue& value);

}  // namespace signpost::app
