#pragma once

#include <string>
#include <string_view>

#include "check/dataset.h"

// What the pages of a check and of a replay have in common. Each is one file without anything from elsewhere.
namespace huidu::check {

extern const char kPageStyle[];

// As text inside a page: models and users wrote it. At most 4,000 bytes; control characters are gone.
std::string EscapeHtml(std::string_view text);

// Likewise, with the lines marked that do not stand in `reference`. White space does not count, nor how the reference
// is cut into lines: pages are judged so as well.
std::string MarkedHtml(std::string_view text, std::string_view reference);

// One more column of a sample's row, whose text is HTML.
std::string HtmlColumn(std::string_view title, std::string_view html);

// What was asked. Keeps count of the pictures, so that a page stays one that a browser opens.
class SampleContents {
 public:
  // The sample's id and category as a heading, and its picture or its text.
  std::string Show(const Sample& sample);

 private:
  size_t pictures_ = 0;  // bytes
};

}  // namespace huidu::check
