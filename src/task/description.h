#pragma once

#include <string>
#include <vector>

#include "engine/load_options.h"

// What a version's manifest says of its task, as it travels from front to worker. Plain data.
namespace huidu::task {

// The task of a version whose manifest names none: the network's inputs and outputs as they are.
inline constexpr char kTensors[] = "tensors";
// The name of the one part of a version whose folder itself holds the network.
inline constexpr char kWholeFolder[] = "model";

// One network of a version, to be loaded.
struct PartOptions {
  std::string name = kWholeFolder;
  engine::LoadOptions options;
};

// A file that the task reads: a dictionary, a list of labels.
struct Resource {
  std::string name;
  std::string path;  // absolute
};

// One setting, with the place where it is written.
struct Setting {
  std::string name;
  std::string value;
  std::string where;  // "/models/ocr_v2/version.prototxt:12:3"
};

struct Description {
  std::string task = kTensors;
  std::string directory;  // of the version, absolute
  std::vector<Resource> resources;
  std::vector<Setting> settings;
};

}  // namespace huidu::task
