#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/infer/image.h"
#include "cli/infer/named_tensor.h"

namespace huidu::cli {

// Where the tensors of a request come from, as the command line says.
struct InputSources {
  std::vector<std::string>
      files;          // "name=FILE.npy", "FILE.json", "FILE.bin"; the name may be left out of a model's only input
  std::string image;  // a picture for the model's only input
  ImageOptions image_options;
  std::optional<uint64_t> random;   // a seed: values of our own for every input that is not given
  std::vector<std::string> shapes;  // "name=1,3,48,320": fixes the open dimensions of .bin and random inputs
};

// The request's tensors for a model with these inputs. Errors: InvalidArgument naming the input or the file.
absl::StatusOr<std::vector<NamedTensor>> MakeInputs(const InputSources& sources,
                                                    const std::vector<tensor::Spec>& inputs);

}  // namespace huidu::cli
