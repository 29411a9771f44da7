#include "sim/scenario/unread.hpp"

namespace hearsay::scenario {

void complain_of_unread(const Value& table, const std::string& path, ReadContext& context) {
  for (std::size_t i = 0; i < table.items.size(); ++i) {
    const Value& item = table.items[i];
    const bool member = table.type == Type::kTable;
    const std::string name = member ? item.key : std::to_string(i);
    const std::string item_path = child_path(path, name);
    if (context.usage.was_read(item)) {
      complain_of_unread(item, item_path, context);
    } else if (member) {
      const Place& place = item.key_where;
      context.complaints.push_back({false,
                                    {place.set ? "--set" : context.file, place.line, place.column},
                                    item.axis,
                                    item_path,
                                    context.usage.complaint(path, name)});
    }
  }
}

}  // namespace hearsay::scenario
