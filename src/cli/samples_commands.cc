#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/status.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/http_client.h"
#include "cli/kept_samples.h"
#include "cli/sample_export.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

struct SampleOptions : AdminOptions {
  SampleFilter filter;
  std::vector<std::string> ids;
  std::string folder;
};

std::string Joined(const Json& reasons) {
  std::string text;
  for (const Json& reason : reasons) StrAppend(&text, text.empty() ? "" : " ", reason.get<std::string>());
  return text;
}

int List(const SampleOptions& options) {
  const absl::StatusOr<Json> list = ListSamples(options, options.filter);
  if (!list.ok()) return Fail(list.status());
  if (options.json) {
    PrintJson({{"samples", *list}});
    return kDone;
  }
  Table table({{"ID"}, {"TIME"}, {"VERSION"}, {"WHY"}, {"MS", true}, {"SIZE", true}, {"ERROR"}});
  for (const Json& row : *list) {
    table.Add({row.value("id", ""), row.value("time", ""), row.value("version", ""),
               Joined(row.value("reasons", Json::array())), FormatMilliseconds(row.value("milliseconds", 0.0)),
               FormatBytes(row.value("bytes", uint64_t{0})), std::string(utf8::Shortened(row.value("error", ""), 60))});
  }
  std::cout << table.Text(UseColors());
  return kDone;
}

// A tensor in one line, with its first values.
std::string TensorLine(const Json& tensor) {
  constexpr size_t kShown = 200;
  std::string values = tensor.contains("removed") ? "masked" : tensor.contains("b64") ? "(bytes)" : "";
  if (tensor.contains("data")) values = tensor["data"].dump(-1, ' ', false, Json::error_handler_t::replace);
  if (values.size() > kShown) values = StrCat(utf8::Shortened(values, kShown), "…");
  return StrCat("  ", tensor.value("name", ""), "  ", tensor.value("datatype", ""),
                tensor.value("shape", Json::array()).dump(), "  ", values);
}

void PrintTensors(const std::string& title, const Json& tensors) {
  if (tensors.empty()) return;
  std::cout << title << "\n";
  for (const Json& tensor : tensors) std::cout << Printable(TensorLine(tensor)) << "\n";
}

void PrintSample(const Json& sample) {
  const auto line = [](std::string_view title, const std::string& value) {
    if (!value.empty()) std::cout << title << Printable(value) << "\n";
  };
  line("sample     ", sample.value("id", ""));
  line("time       ", sample.value("time", ""));
  line("version    ", StrCat(sample.value("model", ""), " ", sample.value("version", "")));
  line("why        ", Joined(sample.value("reasons", Json::array())));
  line("request    ", sample.value("request_id", ""));
  line("user       ", sample.value("user_hash", ""));
  line("route      ", sample.value("route", ""));
  line("took       ", FormatMilliseconds(sample.value("/milliseconds/whole"_json_pointer, 0.0)) + " ms");
  line("error      ", sample.value("error", ""));
  line("expected   ", sample.value("expected", ""));
  PrintTensors("inputs", sample.value("inputs", Json::array()));
  PrintTensors("outputs", sample.value("outputs", Json::array()));
  PrintTensors(StrCat("answered by ", Printable(sample.value("answered_by", ""))),
               sample.value("answer", Json::array()));
}

int Show(const SampleOptions& options) {
  const absl::StatusOr<Json> sample = FetchSample(options, options.ids.at(0));
  if (!sample.ok()) return Fail(sample.status());
  options.json ? PrintJson(*sample) : PrintSample(*sample);
  return kDone;
}

int Delete(const SampleOptions& options) {
  for (const std::string& id : options.ids) {
    const auto answer =
        CallAdmin(options, "DELETE", StrCat("/samples/", EncodePathPiece(id)), {{"reason", options.reason}});
    if (!answer.ok()) return Fail(answer.status());
  }
  if (options.json) {
    PrintJson({{"deleted", options.ids}});
  } else {
    std::cout << "deleted: " << options.ids.size() << "\n";
  }
  return kDone;
}

struct Exported {
  size_t written = 0;
  std::map<std::string, size_t> left_out;  // by why
};

absl::StatusOr<Exported> ExportAll(const SampleOptions& options) {
  HUIDU_ASSIGN_OR_RETURN(const Json list, ListSamples(options, options.filter));
  HUIDU_ASSIGN_OR_RETURN(DataSet set, DataSet::Create(options.folder));
  const auto take = [&](samples::DataSetItem item) { return set.Add(std::move(item)); };
  HUIDU_ASSIGN_OR_RETURN(const LeftOut left_out, FetchSamples(options, list, options.filter.reason, take));
  HUIDU_RETURN_IF_ERROR(set.Finish());
  Exported exported{.written = set.size()};
  for (const auto& [why, ids] : left_out) exported.left_out[why] = ids.size();
  return exported;
}

int Export(const SampleOptions& options) {
  const absl::StatusOr<Exported> exported = ExportAll(options);
  if (!exported.ok()) return Fail(exported.status());
  if (options.json) {
    PrintJson({{"written", exported->written}, {"left_out", exported->left_out}});
    return kDone;
  }
  std::cout << exported->written << " in " << options.folder << "/manifest.jsonl\n";
  for (const auto& [why, count] : exported->left_out) std::cout << count << " left out: " << Printable(why) << "\n";
  return kDone;
}

}  // namespace

void AddSamplesCommand(CLI::App& app, int& exit_code) {
  CLI::App* samples = app.add_subcommand("samples", "Requests that were kept, because something was wrong with them");
  samples->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const SampleOptions&), bool changes = false) {
    auto options = std::make_shared<SampleOptions>();
    CLI::App* command = samples->add_subcommand(name, help);
    AddAdminOptions(*command, *options, changes);
    command->callback([options, run, &exit_code] { exit_code = run(*options); });
    return std::pair(command, options);
  };
  const auto [list, listed] = add("list", "The newest, without what users sent", List);
  list->add_option("MODEL", listed->filter.model)->required();
  AddSampleFilter(*list, listed->filter, "--version");
  const auto [show, shown] = add("show", "All of one; that you looked is in the audit", Show);
  show->add_option("ID", shown->ids)->required()->expected(1);
  const auto [write, written] = add("export", "A data set for huidu check: manifest.jsonl and files", Export);
  write->add_option("MODEL", written->filter.model)->required();
  write->add_option("DIR", written->folder, "A new folder")->required();
  AddSampleFilter(*write, written->filter, "--version");
  const auto [erase, erased] = add("delete", "Delete samples for good", Delete, true);
  erase->add_option("ID", erased->ids)->required();
}

}  // namespace huidu::cli
