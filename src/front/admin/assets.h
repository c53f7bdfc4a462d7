#pragma once

#include <string_view>

// Files of this folder that are part of the program; assets.cc is made from assets.cc.in.
namespace huidu::front {

std::string_view OpenApiDocument();  // openapi.json
std::string_view AdminPage();        // page.html

}  // namespace huidu::front
