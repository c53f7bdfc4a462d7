#include "cli/rollout_text.h"

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string Number(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "–";
  if (found->is_number()) return absl::StrFormat("%.4g", found->get<double>());
  return found->is_object() ? Number(*found, "value") : "–";
}

Cell VerdictCell(const std::string& verdict) {
  if (verdict == "bad") return {verdict, Color::kRed};
  if (verdict == "good") return {verdict, Color::kGreen};
  return {verdict, Color::kYellow};
}

std::string RulesText(const Json& rules, bool colors) {
  Table table(
      {{"RULE"}, {"VERDICT"}, {"CANDIDATE", true}, {"STABLE", true}, {"LIMIT", true}, {"HEADROOM", true}, {"WHY"}});
  for (const Json& rule : rules) {
    const auto headroom = rule.find("headroom");
    const bool known = headroom != rule.end() && headroom->is_number();
    table.Add({Printable(TextOf(rule, "rule")), VerdictCell(TextOf(rule, "verdict")), Number(rule, "candidate"),
               Number(rule, "stable"), Number(rule, "limit"),
               known ? absl::StrFormat("%.0f %%", headroom->get<double>() * 100) : std::string("–"),
               Printable(TextOf(rule, "text"))});
  }
  return table.Text(colors);
}

std::string QuarantineText(const Json& list) {
  std::string text;
  for (const Json& entry : list) {
    text += Printable(StrCat("quarantined: ", TextOf(entry, "version"), " since ", TextOf(entry, "time"), ": ",
                             TextOf(entry, "reason"))) +
            "\n";
  }
  return text;
}

// "baseline: accuracy 0.95 of 400, error_rate 0.001 of 20000"; empty without one.
std::string BaselineText(const Json& figures) {
  std::string text;
  for (const auto& [metric, figure] : figures.items()) {
    if (!figure.is_object()) continue;
    StrAppend(&text, text.empty() ? "baseline: " : ", ", Printable(metric), " ", Number(figure, "value"), " of ",
              Number(figure, "samples"));
  }
  return text.empty() ? text : StrCat(text, "\n");
}

// The check that admitted the candidate; empty where none was required.
std::string CheckText(const Json& check) {
  if (!check.is_object()) return "";
  return Printable(StrCat("check: passed at ", TextOf(check, "time"), " on data set '",
                          TextOf(check.value("dataset", Json::object()), "name"), "', recorded by ",
                          TextOf(check, "recorded_by"))) +
         "\n";
}

}  // namespace

std::string RolloutText(const Json& described, bool colors) {
  const std::string model = Printable(TextOf(described, "model"));
  const auto quarantine = described.find("quarantine");
  const std::string out = quarantine != described.end() ? QuarantineText(*quarantine) : "";
  const auto found = described.find("rollout");
  if (found == described.end() || !found->is_object()) {
    const auto baseline = described.find("baseline");
    const bool known = baseline != described.end() && baseline->is_object() && baseline->contains("figures");
    return StrCat(model, ": no rollout\n", known ? BaselineText((*baseline)["figures"]) : "", out);
  }
  const Json& rollout = *found;
  const std::string phase = Printable(TextOf(rollout, "phase")), stage = TextOf(rollout, "stage");
  std::string text =
      StrCat(model, ": ", Printable(TextOf(rollout, "candidate")), " against ", Printable(TextOf(rollout, "stable")),
             ", ", Paint(phase, phase == "rolled_back" ? Color::kRed : Color::kBold, colors));
  if (!stage.empty()) StrAppend(&text, ", stage ", Printable(stage));
  StrAppend(&text, "\ntraffic: ", Printable(TextOf(rollout, "traffic")),
            "\nstarted: ", Printable(TextOf(rollout, "started_at")), " by ", Printable(TextOf(rollout, "started_by")),
            "\n");
  text += CheckText(rollout.value("check", Json()));
  if (const auto outcome = rollout.find("outcome"); outcome != rollout.end()) {
    StrAppend(&text, "ended: ", Printable(TextOf(*outcome, "time")), " by ", Printable(TextOf(*outcome, "actor")), ": ",
              Printable(TextOf(*outcome, "text")), "\n");
  }
  for (const Json& what : rollout.value("waiting_for", Json::array())) {
    if (what.is_string()) StrAppend(&text, "waits for ", Printable(what.get<std::string>()), "\n");
  }
  text += BaselineText(rollout.value("baseline", Json()));
  return StrCat(text, out, "\n", RulesText(rollout.value("rules", Json::array()), colors));
}

absl::StatusOr<std::string> StageToApprove(const Json& described) {
  const auto found = described.find("rollout");
  const Json rollout = found != described.end() && found->is_object() ? *found : Json::object();
  const std::string stage = TextOf(rollout, "stage");
  if (stage.empty() || rollout.value("approval_wanted", Json()) == true) return stage;
  std::string awaits;
  for (const Json& what : rollout.value("waiting_for", Json::array())) {
    if (what.is_string()) StrAppend(&awaits, awaits.empty() ? "; it waits for " : ", ", what.get<std::string>());
  }
  return absl::FailedPreconditionError(Printable(StrCat("stage '", stage, "' awaits no approval now", awaits,
                                                        ". To approve it all the same: --stage '", stage, "'")));
}

}  // namespace huidu::cli
