#include "front/http/feedback.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/status.h"
#include "base/strings.h"
#include "front/answers/expected_answer.h"

namespace huidu::front::rest {
namespace {

using nlohmann::json;

// Copying and writing a value takes a stack frame or more for each level.
constexpr int kMaxDepth = 64;

struct Feedback {
  std::string request_id;
  std::optional<bool> correct;
  std::optional<double> score;
  std::optional<json> expected;

  bool negative() const { return correct ? !*correct : score && *score < 0.5; }
};

absl::StatusOr<json> ParseShallow(std::string_view body) {
  bool too_deep = false;
  const auto shallow = [&](int depth, json::parse_event_t event, json&) {
    const bool begins = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    too_deep |= begins && depth > kMaxDepth;
    return !too_deep;
  };
  json document = json::parse(body, shallow, /*allow_exceptions=*/false);
  if (!too_deep) return document;
  return absl::InvalidArgumentError(
      StrCat("the body is nested more than ", kMaxDepth, " levels deep; say a deeper answer as a text"));
}

absl::StatusOr<Feedback> Parse(std::string_view body) {
  HUIDU_ASSIGN_OR_RETURN(const json document, ParseShallow(body));
  if (!document.is_object())
    return absl::InvalidArgumentError("expected a JSON object with request_id and correct, expected or score");
  Feedback feedback;
  for (const auto& [name, value] : document.items()) {
    if (name == "request_id" && value.is_string()) {
      feedback.request_id = value.get<std::string>();
    } else if (name == "correct" && value.is_boolean()) {
      feedback.correct = value.get<bool>();
    } else if (name == "score" && value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 1) {
      feedback.score = value.get<double>();
    } else if (name == "expected") {
      feedback.expected = value;
    } else {
      return absl::InvalidArgumentError(
          StrCat("field '", name.substr(0, 64),
                 "': expected request_id (a string), correct (true or false), expected (the right answer) or score "
                 "(a number from 0 to 1)"));
    }
  }
  if (feedback.request_id.empty()) return absl::InvalidArgumentError("request_id is missing: which answer is meant?");
  if (!feedback.correct && !feedback.score && !feedback.expected) {
    return absl::InvalidArgumentError("correct, expected or score is missing");
  }
  return feedback;
}

// Whether the remembered answer is the expected one. Errors: 409 (it is not known what it said), 422 (the two cannot be
// compared), and those of Find().
absl::StatusOr<bool> Judge(const Router& router, std::string_view model, std::string_view version,
                           const Feedback& feedback) {
  HUIDU_ASSIGN_OR_RETURN(const AnsweredRequests::Answered answered,
                         router.answered().Find(model, version, feedback.request_id));
  if (answered.kept == nullptr) {
    return absl::FailedPreconditionError(
        answered.servable->keep_answers()
            ? "expected: what this answer said is not known any more; say correct: true or false instead"
            : StrCat("expected: model '", model,
                     "' does not keep answers; write feedback { keep_answers: true } into its "
                     "configuration, or say correct: true or false"));
  }
  absl::StatusOr<bool> right = IsExpected(*answered.kept, *feedback.expected);
  if (absl::IsInvalidArgument(right.status())) return http::Error(422, Text(right.status()));
  return right;
}

std::optional<std::string> ExpectedText(const Feedback& feedback) {
  if (!feedback.expected) return std::nullopt;
  return feedback.expected->is_string() ? feedback.expected->get<std::string>() : feedback.expected->dump();
}

absl::StatusOr<std::string> Take(const Router& router, std::string_view model, std::string_view version,
                                 std::string_view body) {
  HUIDU_ASSIGN_OR_RETURN(Feedback feedback, Parse(body));
  const std::shared_ptr<const ServingTable> table = router.table();
  HUIDU_RETURN_IF_ERROR(FindModel(*table, model).status());
  // Where the client says itself whether the answer was right, the expected one is only kept.
  const bool judged = feedback.expected && !feedback.correct && !feedback.score;
  if (judged) {
    HUIDU_ASSIGN_OR_RETURN(feedback.correct, Judge(router, model, version, feedback));
  }
  HUIDU_ASSIGN_OR_RETURN(const std::shared_ptr<Servable> servable,
                         router.answered().Claim(model, version, feedback.request_id));
  if (feedback.correct) servable->health().AddFeedback(*feedback.correct);
  if (feedback.score) servable->health().AddScore(*feedback.score);
  if (feedback.negative() && router.samples() != nullptr) {
    router.samples()->OnNegativeFeedback(model, feedback.request_id, ExpectedText(feedback));
  }
  json answer = {{"model_name", model}, {"model_version", servable->version()}};
  if (judged) answer["correct"] = *feedback.correct;
  return answer.dump();
}

FeedbackRefusal WhyRefused(const absl::Status& status) {
  if (absl::IsNotFound(status)) return FeedbackRefusal::kUnknown;
  if (absl::IsAlreadyExists(status)) return FeedbackRefusal::kRepeated;
  switch (http::StatusOf(status)) {
    case 409:
    case 422: return FeedbackRefusal::kNotComparable;
    case 413: return FeedbackRefusal::kTooLarge;
    default: return FeedbackRefusal::kMalformed;
  }
}

// Of a model that there is: others would be as many labels as somebody can think of.
void CountRefusal(const Router& router, std::string_view model, const absl::Status& status) {
  const std::shared_ptr<const ServingTable> table = router.table();
  const ModelEntry* const entry = table->Find(model);
  if (entry != nullptr && entry->feedback != nullptr) entry->feedback->Count(WhyRefused(status));
}

}  // namespace

http::Response AnswerFeedback(const Router& router, std::string_view model, std::string_view version,
                              const absl::StatusOr<std::string>& body) {
  absl::StatusOr<std::string> answer = body.ok() ? Take(router, model, version, *body) : body.status();
  if (!answer.ok()) CountRefusal(router, model, answer.status());
  return answer.ok() ? http::JsonResponse(*std::move(answer)) : http::ErrorResponse(answer.status());
}

}  // namespace huidu::front::rest
