#pragma once

#include <boost/asio/awaitable.hpp>

#include "front/http/kserve_handler.h"
#include "front/http/routes.h"
#include "front/router/router.h"
#include "http/server.h"

namespace huidu::front::rest {

// Answers one inference request: reads the JSON, has the router admit it, reads the tensors straight into the memory of
// the version that will answer, runs it, and lets the answer be written from where the worker put it. Errors become
// answers with the right status.
//
// Runs on: the connection's thread. Everything borrowed lives as long as the coroutine.
boost::asio::awaitable<http::Response> AnswerInfer(const Router& router, const KServeHandler::Options& options,
                                                   Route route, const http::Request& request, http::BodyReader& body);

}  // namespace huidu::front::rest
