#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "front/table/servable.h"
#include "front/versions/change_log.h"

namespace huidu::front {

// Takes the requests that a version's workers have away from them, as the version was taken out: they are run again on
// another one (Router). The audit's entry "rescue" then says what became of what the version had: finished there, run
// again, or lost, which is what no version answered within its deadline.
//
// Runs on: the control thread. Lives: until all of them are over, at most half a minute; the log is not used any more
// once `*alive` is false.
void Rescue(boost::asio::io_context& control, const std::string& model, std::shared_ptr<Servable> version,
            ChangeLog& log, std::shared_ptr<const bool> alive);

}  // namespace huidu::front
