#include "app/structure.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace countersign::app {
namespace {

using Json = nlohmann::json;

/// Takes the leaves as the parser meets them: nothing is built, so depth and size cost nothing past the bounds.
class Leaves final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return leaf({}); }
  bool boolean(bool value) override { return leaf(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return leaf(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return leaf(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return leaf(text); }
  bool string(string_t& value) override { return leaf(value); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return !levels_.empty() && open(true); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    path_.resize(levels_.back().path);
    if (!path_.empty()) path_.push_back('.');
    path_ += core::Fields::escaped(name);
    return path_.size() <= longest_path;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const Json::exception& /*why*/) override {
    return false;
  }

  core::Fields found;

 private:
  static constexpr std::size_t deepest = 32, most_leaves = 2'000, longest_path = 1'000, longest_text = 8'192;

  struct Level {
    std::size_t path;  // of what is inside: its length
    bool array;
    std::size_t next;  // element's number
  };

  /// Called before an element of an array: what it is called.
  void name_element() {
    if (levels_.empty() || !levels_.back().array) return;
    path_.resize(levels_.back().path);
    if (!path_.empty()) path_.push_back('.');
    path_ += std::to_string(levels_.back().next++);
  }
  bool open(bool array) {
    name_element();
    if (levels_.size() >= deepest) return false;
    levels_.push_back({path_.size(), array, 0});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  bool leaf(std::string_view text) {
    name_element();
    if (levels_.empty() || found.size() >= most_leaves) return false;
    if (!text.empty()) found.add(path_, std::string(text.substr(0, longest_text)));
    return true;
  }

  std::string path_;
  std::vector<Level> levels_;
};

}  // namespace

std::optional<core::Fields> structure_of(std::string_view text) {
  if (!text.starts_with('{') || !text.ends_with('}')) return std::nullopt;
  Leaves leaves;
  if (!Json::sax_parse(text, &leaves)) return std::nullopt;
  return std::move(leaves.found);
}

void read_structure(core::Record& record) {
  record.fields = structure_of(record.object.empty() ? record.message : record.object);
  if (!record.fields && !record.object.empty()) record.fields = structure_of(record.message);
}

}  // namespace countersign::app
