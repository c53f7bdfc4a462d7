#include "front/http/feedback.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::front::rest {
namespace {

using nlohmann::json;

struct Feedback {
  std::string request_id;
  std::optional<bool> correct;
  std::optional<double> score;
  std::optional<std::string> expected;

  bool negative() const { return correct ? !*correct : *score < 0.5; }
};

absl::StatusOr<Feedback> Parse(std::string_view body) {
  const json document = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return absl::InvalidArgumentError("expected a JSON object with request_id and correct or score");
  Feedback feedback;
  for (const auto& [name, value] : document.items()) {
    if (name == "request_id" && value.is_string()) {
      feedback.request_id = value.get<std::string>();
    } else if (name == "correct" && value.is_boolean()) {
      feedback.correct = value.get<bool>();
    } else if (name == "score" && value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 1) {
      feedback.score = value.get<double>();
    } else if (name == "expected" && value.is_string()) {
      feedback.expected = value.get<std::string>();
    } else {
      return absl::InvalidArgumentError(
          StrCat("field '", name.substr(0, 64),
                 "': expected request_id (a string), correct (true or false), score (a number from 0 to 1) or expected (the "
                 "right answer, a string)"));
    }
  }
  if (feedback.request_id.empty()) return absl::InvalidArgumentError("request_id is missing: which answer is meant?");
  if (!feedback.correct && !feedback.score) return absl::InvalidArgumentError("correct or score is missing");
  return feedback;
}

absl::StatusOr<std::string> Take(const Router& router, std::string_view model, std::string_view version,
                                 std::string_view body) {
  HUIDU_ASSIGN_OR_RETURN(Feedback feedback, Parse(body));
  const std::shared_ptr<const ServingTable> table = router.table();
  HUIDU_RETURN_IF_ERROR(FindModel(*table, model).status());
  HUIDU_ASSIGN_OR_RETURN(const std::shared_ptr<Servable> servable,
                         router.answered().Claim(model, version, feedback.request_id));
  if (feedback.correct) servable->health().AddFeedback(*feedback.correct);
  if (feedback.score) servable->health().AddScore(*feedback.score);
  if (feedback.negative() && router.samples() != nullptr) {
    router.samples()->OnNegativeFeedback(model, feedback.request_id, std::move(feedback.expected));
  }
  return json{{"model_name", model}, {"model_version", servable->version()}}.dump();
}

}  // namespace

http::Response AnswerFeedback(const Router& router, std::string_view model, std::string_view version,
                              std::string_view body) {
  absl::StatusOr<std::string> answer = Take(router, model, version, body);
  return answer.ok() ? http::JsonResponse(*std::move(answer)) : http::ErrorResponse(answer.status());
}

}  // namespace huidu::front::rest
