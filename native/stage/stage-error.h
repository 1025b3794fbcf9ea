#pragma once
#include <string>

namespace feimu::stage {

/// Why something did not open. `code` is an entry of the catalogue of failures.
struct StageError {
  std::string code;
  std::string message;
};

}  // namespace feimu::stage
