#include "app/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/config_entry.hpp"
#include "app/config_rules.hpp"
#include "app/config_schema.hpp"
#include "app/process.hpp"
#include "base/ascii.hpp"
#include "base/time.hpp"

namespace signpost::app {
namespace {

constexpr std::size_t secret_file_bytes = 64 * 1024;
constexpr std::string_view file_suffix = "_file";

// "3m", as the configuration writes it.
std::string shown(std::chrono::seconds value) {
  return fmt::format("{}s", value.count());
}

std::string join(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += " or ";
    out += fmt::format("\"{}\"", word);
  }
  return out;
}

// Puts entries into a Config, one after the other, and collects what is wrong with them.
class Loader {
 public:
  explicit Loader(const ConfigSources& sources) : sources_(sources) {}

  void apply(const Entry& entry) {
    if (is_below(entry.path, refused_)) return;  // its section was refused as a whole
    if (apply_secret_file(entry)) return;
    const Setting* setting = find_setting(without_element_mark(entry.path));
    if (entry.path.ends_with("[]") && setting != nullptr && !has_elements(*setting))
      setting = nullptr;
    if (setting == nullptr && refuse_part_of_later(entry)) return;
    if (setting == nullptr) {
      fail(entry, "unknown setting" + suggestion_for(entry.path));
      refused_.insert(entry.path);
      return;
    }
    places_[entry.shown()] = entry.where;
    const bool good = std::visit([&](const auto& kind) { return put(kind, entry); }, setting->kind);
    if (!good) refused_.insert(entry.path);
  }

  std::expected<Config, std::vector<ConfigError>> finish() {
    // Without the values that were refused the rules between settings would only guess.
    if (errors_.empty()) {
      errors_ = check_rules(config_, [this](std::string_view name) { return place_of(name); });
    }
    if (!errors_.empty()) {
      std::ranges::stable_sort(errors_, {}, [this](const ConfigError& e) { return line_of(e); });
      return std::unexpected(std::move(errors_));
    }
    return std::move(config_);
  }
  void fail(ConfigError error) { errors_.push_back(std::move(error)); }

 private:
  void fail(const Entry& entry, std::string reason) {
    fail({entry.where, entry.shown(), std::move(reason)});
  }
  bool expected(const Entry& entry, std::string_view what) {
    fail(entry, fmt::format("must be {}, and is {}", what, type_name(entry.value)));
    return false;
  }

  // The file's errors come in the order of its lines, then the others.
  std::uint64_t line_of(const ConfigError& error) const {
    const std::string prefix = sources_.file_name + ":";
    const bool in_file = !sources_.file_name.empty() && error.where.starts_with(prefix);
    const auto line = in_file ? parse_u64(error.where.substr(prefix.size())) : std::nullopt;
    return line.value_or(UINT64_MAX);
  }

  // A setting within a section that is not supported yet, such as rules[].prefix.
  bool refuse_part_of_later(const Entry& entry) {
    for (const Setting& setting : all_settings()) {
      if (!std::holds_alternative<LaterSetting>(setting.kind)) continue;
      if (!is_below(entry.path, {std::string(setting.path)})) continue;
      fail(entry, fmt::format("[{}] is not supported by this version yet", setting.path));
      return true;
    }
    return false;
  }

  // An element of a list of texts, or of an array of tables, is judged by the list's setting.
  static std::string_view without_element_mark(std::string_view path) {
    return path.ends_with("[]") ? path.substr(0, path.size() - 2) : path;
  }
  static bool has_elements(const Setting& setting) {
    return std::holds_alternative<ListSetting>(setting.kind) ||
           std::holds_alternative<SectionList>(setting.kind) ||
           std::holds_alternative<LaterSetting>(setting.kind);
  }
  static bool is_below(std::string_view path, const std::set<std::string>& roots) {
    return std::ranges::any_of(roots, [&](const std::string& root) {
      return path.size() > root.size() && path.starts_with(root) &&
             (path[root.size()] == '.' || path[root.size()] == '[');
    });
  }

  std::string place_of(std::string_view name) const {
    std::string key(name);
    for (; !key.empty(); key.resize(std::min(key.rfind('.'), key.size()))) {
      if (const auto found = places_.find(key); found != places_.end()) return found->second;
      if (const auto file = places_.find(key + std::string(file_suffix)); file != places_.end()) {
        return file->second;
      }
      if (key.find('.') == std::string::npos) break;
    }
    return sources_.file_name.empty() ? "configuration" : sources_.file_name;
  }

  // The element of an array of tables that the entry belongs to; makes the next one where the
  // environment names it. Nothing where one before it is missing.
  bool reach_element(const Entry& entry) {
    const std::size_t mark = entry.path.find("[]");
    if (mark == std::string::npos) return true;
    const Setting* list = find_setting(std::string_view(entry.path).substr(0, mark));
    const auto* kind = list == nullptr ? nullptr : std::get_if<SectionList>(&list->kind);
    if (kind == nullptr || entry.indexes.empty()) return true;
    const std::size_t size = kind->size(config_);
    if (entry.indexes[0] == size) kind->make(config_);
    if (entry.indexes[0] <= size) return true;
    fail(entry, fmt::format("there is no element {} before it", size));
    return false;
  }
  static std::size_t element_of(const Entry& entry) {
    return entry.indexes.empty() ? 0 : entry.indexes[0];
  }

  bool put(const Section&, const Entry& entry) {
    if (std::holds_alternative<TableMark>(entry.value)) return true;
    return expected(entry, "a section");
  }

  bool put(const SectionList&, const Entry& entry) {
    if (!entry.path.ends_with("[]")) {
      if (std::holds_alternative<ListMark>(entry.value)) return true;
      return expected(entry, fmt::format("an array of sections, [[{}]]", entry.path));
    }
    if (!std::holds_alternative<TableMark>(entry.value)) return expected(entry, "a section");
    return reach_element(entry);
  }

  bool put(const TextSetting& setting, const Entry& entry) {
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text == nullptr) return expected(entry, "a text");
    if (!reach_element(entry)) return false;
    if (const Reason reason = setting.check(*text)) {
      fail(entry, *reason);
      return false;
    }
    setting.place(config_, element_of(entry)) = *text;
    return true;
  }

  bool put(const SecretSetting& setting, const Entry& entry) {
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text == nullptr) return expected(entry, "a text");
    if (!reach_element(entry) || !only_one_secret(entry, entry.shown())) return false;
    if (text->empty()) {
      fail(entry, "may not be empty");
      return false;
    }
    setting.place(config_, element_of(entry)) = Secret(*text);
    if (entry.layer == Layer::file) warn_if_world_readable(sources_.file_name);
    return true;
  }

  bool put(const IntegerSetting& setting, const Entry& entry) {
    std::optional<std::int64_t> number;
    if (const auto* n = std::get_if<std::int64_t>(&entry.value)) number = *n;
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text != nullptr && entry.layer != Layer::file) {
      if (const auto parsed = parse_u64(*text)) number = static_cast<std::int64_t>(*parsed);
    }
    if (!number) return expected(entry, "an integer");
    if (*number < setting.least || *number > setting.most) {
      fail(entry,
           fmt::format("{} is out of range: {} to {}", *number, setting.least, setting.most));
      return false;
    }
    setting.place(config_, element_of(entry)) = *number;
    return true;
  }

  bool put(const SwitchSetting& setting, const Entry& entry) {
    std::optional<bool> value;
    if (const auto* b = std::get_if<bool>(&entry.value)) value = *b;
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text != nullptr && entry.layer != Layer::file) {
      if (*text == "true") value = true;
      if (*text == "false") value = false;
    }
    if (!value) return expected(entry, "true or false");
    setting.place(config_, element_of(entry)) = *value;
    return true;
  }

  bool put(const DurationSetting& setting, const Entry& entry) {
    std::optional<std::chrono::seconds> value;
    const auto* number = std::get_if<std::int64_t>(&entry.value);
    if (number != nullptr) value = std::chrono::seconds(*number);
    if (const auto* text = std::get_if<std::string>(&entry.value)) {
      value = parse_duration(*text);
      if (!value) {
        fail(entry, fmt::format("\"{}\" is no duration, such as 90s, 3m, 12h or 7d", *text));
        return false;
      }
    }
    if (!value) return expected(entry, "a duration, such as \"3m\"");
    if (*value < setting.least || *value > setting.most) {
      fail(entry, fmt::format("{} is out of range: {} to {}", shown(*value), shown(setting.least),
                              shown(setting.most)));
      return false;
    }
    setting.place(config_, element_of(entry)) = *value;
    return true;
  }

  bool put(const SizeSetting& setting, const Entry& entry) {
    std::optional<std::uint64_t> value;
    const auto* number = std::get_if<std::int64_t>(&entry.value);
    if (number != nullptr && *number >= 0) value = static_cast<std::uint64_t>(*number);
    if (const auto* text = std::get_if<std::string>(&entry.value)) {
      value = parse_size(*text);
      if (!value) {
        fail(entry, fmt::format("\"{}\" is no size, such as 64KiB, 5MiB or 1GiB", *text));
        return false;
      }
    }
    if (!value && number == nullptr) return expected(entry, "a size, such as \"5MiB\"");
    if (!value || *value < setting.least || *value > setting.most) {
      fail(entry, fmt::format("is out of range: {} to {} bytes", setting.least, setting.most));
      return false;
    }
    setting.place(config_, element_of(entry)) = *value;
    return true;
  }

  bool put(const ListSetting& setting, const Entry& entry) {
    if (!reach_element(entry)) return false;
    if (!entry.path.ends_with("[]")) {
      if (!std::holds_alternative<ListMark>(entry.value)) {
        if (entry.layer == Layer::file) return expected(entry, "an array of texts");
        fail(entry,
             fmt::format("is an array: set {}__0, {}__1 and so on", entry.where, entry.where));
        return false;
      }
      setting.place(config_, element_of(entry)).clear();
      return true;
    }
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text == nullptr) return expected(entry, "a text");
    if (const Reason reason = setting.check(*text)) {
      fail(entry, *reason);
      return true;  // the other elements are looked at too
    }
    return put_element(setting.place(config_, element_of(entry)), entry, *text);
  }
  // An element of the file is appended; one of the environment replaces that of its number.
  bool put_element(std::vector<std::string>& list, const Entry& entry, const std::string& text) {
    const std::size_t index = entry.indexes.back();
    if (entry.layer == Layer::file || index == list.size()) {
      list.push_back(text);
    } else if (index < list.size()) {
      list[index] = text;
    } else {
      fail(entry, fmt::format("there is no element {} before it", list.size()));
      return false;
    }
    return true;
  }

  bool put(const ChoiceSetting& setting, const Entry& entry) {
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text == nullptr) return expected(entry, join(setting.words));
    const auto found = std::ranges::find(setting.words, *text);
    if (found == setting.words.end()) {
      fail(entry, fmt::format("\"{}\" is not {}", *text, join(setting.words)));
      return false;
    }
    setting.choose(config_, static_cast<std::size_t>(found - setting.words.begin()));
    return true;
  }

  bool put(const LaterSetting& setting, const Entry& entry) {
    if (is_default(setting, entry)) return true;
    std::string reason = "is not supported by this version yet";
    if (!setting.default_value.empty()) {
      reason += fmt::format("; leave it out, or at {}", setting.default_value);
    }
    fail(entry, reason);
    return false;
  }
  // The elements of a list are compared one by one; a shorter list than the default is caught by no
  // element, so its length is looked at in the file's own text.
  bool is_default(const LaterSetting& setting, const Entry& entry) const {
    if (setting.default_value.empty()) return false;
    const toml::table usual = toml::parse(fmt::format("value = {}", setting.default_value));
    const toml::node* wanted = usual.get("value");
    if (const toml::array* list = wanted->as_array()) {
      if (!entry.path.ends_with("[]")) {
        return std::holds_alternative<ListMark>(entry.value) &&
               length_in_file(entry) == list->size();
      }
      wanted = entry.indexes.back() < list->size() ? list->get(entry.indexes.back()) : nullptr;
    }
    if (wanted == nullptr) return false;
    if (const auto* n = std::get_if<std::int64_t>(&entry.value)) {
      return wanted->is_string() ? wanted->value<std::string>() == std::to_string(*n)
                                 : wanted->value<std::int64_t>() == *n;
    }
    if (const auto* b = std::get_if<bool>(&entry.value)) return wanted->value<bool>() == *b;
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text == nullptr) return false;
    if (wanted->is_string()) return wanted->value<std::string>() == *text;
    return entry.layer != Layer::file && setting.default_value == *text;
  }
  std::size_t length_in_file(const Entry& entry) const {
    const toml::table document = toml::parse(sources_.text);
    const toml::array* list = document.at_path(entry.path).as_array();
    return list == nullptr ? 0 : list->size();
  }

  // NAME and NAME_file of one source exclude each other; a later source replaces both.
  bool only_one_secret(const Entry& entry, const std::string& name) {
    const auto [known, is_new] = secrets_.try_emplace(name, entry.layer);
    if (!is_new && known->second == entry.layer) {
      fail(entry, fmt::format("is given twice: as {0} and as {0}_file", name));
      return false;
    }
    known->second = entry.layer;
    return true;
  }

  bool apply_secret_file(const Entry& entry) {
    if (!entry.path.ends_with(file_suffix)) return false;
    const std::string_view base =
        std::string_view(entry.path).substr(0, entry.path.size() - file_suffix.size());
    const Setting* setting = find_setting(base);
    const auto* kind = setting == nullptr ? nullptr : std::get_if<SecretSetting>(&setting->kind);
    if (kind == nullptr) return false;
    places_[entry.shown()] = entry.where;
    const auto* name = std::get_if<std::string>(&entry.value);
    std::string shown_base = entry.shown();
    shown_base.resize(shown_base.size() - file_suffix.size());
    if (name == nullptr) {
      expected(entry, "a file's name");
    } else if (reach_element(entry) && only_one_secret(entry, shown_base)) {
      if (auto secret = read_secret(entry, *name)) {
        kind->place(config_, element_of(entry)) = *std::move(secret);
      }
    }
    return true;
  }

  std::optional<Secret> read_secret(const Entry& entry, const std::string& name) {
    const std::filesystem::path path = sources_.directory / name;
    const auto content = read_small_file(path, secret_file_bytes);
    std::string text = content.value_or("");
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) {
      fail(entry, fmt::format("cannot read a secret from {}: it must be a file of 1 to {} bytes",
                              path.string(), secret_file_bytes));
      return std::nullopt;
    }
    warn_if_world_readable(path);
    return Secret(std::move(text));
  }
  void warn_if_world_readable(const std::filesystem::path& path) {
    std::error_code error;
    const auto permissions = std::filesystem::status(path, error).permissions();
    if (error ||
        (permissions & std::filesystem::perms::others_read) == std::filesystem::perms::none)
      return;
    std::string warning =
        fmt::format("{} can be read by every user of this machine; chmod 600 it", path.string());
    if (std::ranges::find(config_.warnings, warning) == config_.warnings.end())
      config_.warnings.push_back(std::move(warning));
  }

  const ConfigSources& sources_;
  Config config_;
  std::vector<ConfigError> errors_;
  std::map<std::string, std::string> places_;  // setting as shown -> where
  std::map<std::string, Layer> secrets_;
  std::set<std::string> refused_;
};

}  // namespace

std::string ConfigError::text() const {
  if (setting.empty()) return fmt::format("{}: {}", where, reason);
  // What follows "secret_access_key:" is taken for the secret where this is logged, and hidden.
  if (setting.ends_with("secret_access_key"))
    return fmt::format("{} ({}) {}", where, setting, reason);
  return fmt::format("{}: {}: {}", where, setting, reason);
}

std::expected<Config, std::vector<ConfigError>> load_config(const ConfigSources& sources) {
  Loader loader(sources);
  const auto from_file = entries_of_file(sources);
  if (!from_file) {
    loader.fail(from_file.error());
  } else {
    for (const Entry& entry : *from_file) loader.apply(entry);
  }
  for (const Entry& entry : entries_of_environment(sources)) loader.apply(entry);
  for (const Entry& entry : entries_of_options(sources)) loader.apply(entry);
  return loader.finish();
}

std::string catalog_file_name(const Config& config) {
  return config.catalog.url.substr(std::string_view("sqlite:").size());
}

}  // namespace signpost::app
