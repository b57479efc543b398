#include "app/config_entry.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

#include "base/ascii.hpp"

namespace signpost::app {
namespace {

OtherType other(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::floating_point:
      return {"a number with a fraction"};
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return {"a date or time"};
    case toml::node_type::none:
    case toml::node_type::table:
    case toml::node_type::array:
    case toml::node_type::string:
    case toml::node_type::integer:
    case toml::node_type::boolean:
      break;
  }
  return {"something else"};
}

EntryValue value_of(const toml::node& node) {
  if (node.is_table()) return TableMark{};
  if (node.is_array()) return ListMark{};
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  return other(node);
}

// Walks the document in the order of its lines.
class Flattener {
 public:
  explicit Flattener(const std::string& file_name) : file_name_(file_name) {}

  void table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      add(node, prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str()));
    }
  }
  std::vector<Entry> take() { return std::move(out_); }

 private:
  void add(const toml::node& node, const std::string& path) {
    out_.push_back({path, indexes_, fmt::format("{}:{}", file_name_, node.source().begin.line),
                    Layer::file, value_of(node)});
    if (const toml::table* inner = node.as_table()) table(*inner, path);
    if (const toml::array* array = node.as_array()) {
      std::size_t index = 0;
      for (const toml::node& element : *array) {
        indexes_.push_back(index++);
        add(element, path + "[]");
        indexes_.pop_back();
      }
    }
  }

  const std::string& file_name_;
  std::vector<std::size_t> indexes_;
  std::vector<Entry> out_;
};

bool is_index(std::string_view piece) {
  return !piece.empty() && std::ranges::all_of(piece, is_digit);
}

// SIGNPOST__AUTH__JWT__0__ISSUER
Entry entry_of_variable(const std::string& name, const std::string& value) {
  Entry entry{"", {}, name, Layer::environment, value};
  std::string_view rest = std::string_view(name).substr(std::string_view("SIGNPOST__").size());
  while (true) {
    const std::size_t end = rest.find("__");
    const std::string_view piece = rest.substr(0, end);
    const auto index = is_index(piece) ? parse_u64(piece) : std::nullopt;
    if (index) {
      entry.path += "[]";
      entry.indexes.push_back(*index);
    } else {
      if (!entry.path.empty()) entry.path += '.';
      entry.path += to_lower(piece);
    }
    if (end == std::string_view::npos) return entry;
    rest.remove_prefix(end + 2);
  }
}

}  // namespace

std::string Entry::shown() const {
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    out += path[i];
    if (path[i] == '[' && next < indexes.size()) out += std::to_string(indexes[next++]);
  }
  return out;
}

std::expected<std::vector<Entry>, ConfigError> entries_of_file(const ConfigSources& sources) {
  try {
    const toml::table document = toml::parse(sources.text, sources.file_name);
    Flattener flattener(sources.file_name);
    flattener.table(document, "");
    return flattener.take();
  } catch (const toml::parse_error& error) {
    return std::unexpected(
        ConfigError{fmt::format("{}:{}", sources.file_name, error.source().begin.line), "",
                    fmt::format("this is not TOML: {}", error.description())});
  }
}

std::vector<Entry> entries_of_environment(const ConfigSources& sources) {
  std::vector<Entry> out;
  for (const auto& [name, value] : sources.environment) {
    if (name.starts_with("SIGNPOST__")) out.push_back(entry_of_variable(name, value));
  }
  // By index before path, so that element 0 of a list is there when element 1 is set.
  std::ranges::sort(out, {}, [](const Entry& e) { return std::tie(e.indexes, e.path); });
  return out;
}

std::vector<Entry> entries_of_options(const ConfigSources& sources) {
  std::vector<Entry> out;
  for (const ConfigOption& option : sources.options) {
    out.push_back({option.setting, {}, option.option, Layer::option, option.value});
  }
  return out;
}

std::string_view type_name(const EntryValue& value) {
  struct Visitor {
    std::string_view operator()(const std::string&) const { return "a text"; }
    std::string_view operator()(std::int64_t) const { return "an integer"; }
    std::string_view operator()(bool) const { return "true or false"; }
    std::string_view operator()(TableMark) const { return "a section"; }
    std::string_view operator()(ListMark) const { return "an array"; }
    std::string_view operator()(const OtherType& other) const { return other.name; }
  };
  return std::visit(Visitor{}, value);
}

}  // namespace signpost::app
