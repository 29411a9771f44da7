#pragma once

// name, description, [run] and [output].

#include "sim/document/reader.hpp"
#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {

void resolve_run(const document::Reader& root, Draft& draft);
void resolve_output(const document::Reader& root, Draft& draft);
/// run.stop_when: read after [output], because its metric may be one by label.
void resolve_stop_when(const document::Reader& root, Draft& draft);

}  // namespace hearsay::scenario
