#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/cli/commands.hpp"
#include "sim/cli/reference.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/document/diagnostics.hpp"

namespace hearsay::cli {

std::vector<std::string> list_topics() {
  std::vector<std::string> words;
  for (const auto& topic : reference_topics()) words.push_back(topic.word);
  return words;
}

int list_command(const std::string& word) {
  const auto& topics = reference_topics();
  const auto topic =
      std::find_if(topics.begin(), topics.end(), [&](const auto& t) { return t.word == word || t.singular == word; });
  if (topic == topics.end()) {
    const std::string near = document::nearest(word, list_topics());
    throw document::InputError(fmt::format("list: '{}' is none of {}{}", word, fmt::join(list_topics(), ", "),
                                           near.empty() ? "" : fmt::format("; do you mean '{}'?", near)));
  }
  const bool units = topic->word == "metrics";
  std::vector<TableColumn> columns = {{topic->singular, false}};
  if (units) columns.push_back({"unit", false});
  columns.push_back({"", false});
  TextTable table(columns);
  for (const ReferenceEntry& entry : topic->entries()) {
    std::vector<std::string> row = {entry.name};
    if (units) row.push_back(entry.facts.front().second);
    row.push_back(entry.help);
    table.add(std::move(row));
  }
  fmt::print("{}", table.text());
  return kDone;
}

}  // namespace hearsay::cli
