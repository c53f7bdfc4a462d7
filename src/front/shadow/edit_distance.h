#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace huidu::front {

// The code points of UTF-8. A byte that belongs to none stands for itself, above all of Unicode, so that two texts are
// equal exactly if their bytes are.
std::u32string CodePoints(std::string_view utf8);

// How many code points must be inserted, deleted or replaced to make one text of the other (Levenshtein, 1966). Looks
// no further than `limit`: more than that is limit + 1.
//
// `budget` bounds the work, and pays for it: one a cell of the table. A text that it does not suffice for is compared
// place by place instead, which finds as many differences or more.
size_t EditDistance(std::u32string_view a, std::u32string_view b, size_t limit, size_t& budget);

}  // namespace huidu::front
