#pragma once

#include <memory>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "task/lexical_analysis/dictionaries.h"
#include "task/task.h"

// Whether a network and dictionaries belong together: with others it would answer nonsense, or read past its tables.
namespace huidu::task::lexical_analysis {

// The resources, for messages.
struct DictionaryPaths {
  std::string words, tags;
};

// The network takes one INT64 input whose rows are grouped into sequences, and gives INT64 first.
// Error: FailedPrecondition.
absl::Status CheckSignature(const engine::Signature& signature);

// Holds the dictionaries against the tables in the version's folder, by the names that LAC gives them: word_emb has a
// row a word, crfw a column a tag. A version whose parameters have no files of their own is not checked here.
// Error: FailedPrecondition naming dictionary, found and expected.
absl::Status CheckTables(const std::string& directory, const DictionaryPaths& paths, const Vocabulary& vocabulary,
                         const Tags& tags);

// Runs the network on its highest word, so that a table that is too short is found before the first request.
// Error: FailedPrecondition naming dictionary and number.
absl::Status TryHighestWord(engine::Model& network, const DictionaryPaths& paths, const Vocabulary& vocabulary,
                            const Tags& tags);

}  // namespace huidu::task::lexical_analysis
