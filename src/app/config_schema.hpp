#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"
#include "app/config_checks.hpp"

namespace signpost::app {

// Where in Config a setting is kept. `index` is that of the element of an array of tables.
template <class T>
using Place = T& (*)(Config& config, std::size_t index);

struct TextSetting {
  Place<std::string> place;
  Check check;
};
// Its twin NAME_file names a file that holds it; one line feed at the end is left out.
struct SecretSetting {
  Place<Secret> place;
};
struct IntegerSetting {
  Place<std::int64_t> place;
  std::int64_t least;
  std::int64_t most;
};
struct SwitchSetting {
  Place<bool> place;
};
struct DurationSetting {
  Place<std::chrono::seconds> place;
  std::chrono::seconds least;
  std::chrono::seconds most;
};
struct SizeSetting {
  Place<std::uint64_t> place;
  std::uint64_t least;
  std::uint64_t most;
};
struct ListSetting {
  Place<std::vector<std::string>> place;
  Check check;  // of one element
};
// One of a few words.
struct ChoiceSetting {
  void (*choose)(Config& config, std::size_t word);
  std::span<const std::string_view> words;
};
// Part of the configuration's language that this version does not act on. Refused, rather than
// ignored, unless it has its default value, here as TOML ("" where it has none).
struct LaterSetting {
  std::string_view default_value;
};
struct Section {};
// An array of tables; make() appends an element.
struct SectionList {
  void (*make)(Config& config);
  std::size_t (*size)(const Config& config);
};

struct Setting {
  std::string_view path;  // "auth.jwt[].issuer"
  std::variant<Section, SectionList, TextSetting, SecretSetting, IntegerSetting, SwitchSetting,
               DurationSetting, SizeSetting, ListSetting, ChoiceSetting, LaterSetting>
      kind;
};

// Every setting there is, in the order of docs/signpost.example.toml.
std::span<const Setting> all_settings();

// The setting of that path, or null.
const Setting* find_setting(std::string_view path);

// What somebody who wrote `path` may have meant, as the end of a message (" ; did you mean ..."),
// or "".
std::string suggestion_for(std::string_view path);

}  // namespace signpost::app
