#pragma once

// The user's mistake where no diagnostic with a place applies: an option, a result directory. The program
// ends with exit code 2. Any other exception that reaches main is the environment's failure: exit code 1.

#include <stdexcept>

namespace hearsay::campaign {

class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace hearsay::campaign
