#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "front/router/router.h"
#include "http/message.h"

namespace huidu::front::rest {

// Takes what a client says of an earlier answer, {"request_id": …, "correct": true|false} and/or "score": 0 to 1, and
// counts it for the version that gave it. In place of them there may be "expected", the right answer
// (front/answers/expected_answer.h): then it is compared, and "correct" is in the reply. A bad word on an answer goes
// to who keeps requests, with what was expected. `version`: empty, or that the answer must have come from. Errors: 400
// naming the field, 404 (the answer is not remembered, or came from another version), 409 (said before, or what it said
// is not known), 422 (what is expected cannot be compared with such an answer), and what `body` has: that it could not
// be read. What is refused is counted by why, in the model's FeedbackCounters.
http::Response AnswerFeedback(const Router& router, std::string_view model, std::string_view version,
                              const absl::StatusOr<std::string>& body);

}  // namespace huidu::front::rest
