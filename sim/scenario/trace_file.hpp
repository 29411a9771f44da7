#pragma once

// Publications from a CSV file: header `time,node,size[,class]`, times and sizes with units.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/time.hpp"

namespace hearsay::scenario {

struct TraceFileRow {
  int line = 0;
  SimTime time;
  std::uint32_t node = 0;
  std::uint64_t size_bytes = 0;
  std::string item_class;  ///< "": the file names none
};

struct TraceFileError {
  int line = 0;
  std::string message;
};

struct TraceFile {
  std::vector<TraceFileRow> rows;      ///< in file order
  std::vector<TraceFileError> errors;  ///< the first twenty
};

TraceFile parse_trace_file(const std::string& text);

}  // namespace hearsay::scenario
