#include "cli/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace huidu::cli {
namespace {

constexpr char kBetween[] = "  ";

const char* Code(Color color) {
  switch (color) {
    case Color::kNone: return "";
    case Color::kGreen: return "\033[32m";
    case Color::kYellow: return "\033[33m";
    case Color::kRed: return "\033[31m";
    case Color::kBold: return "\033[1m";
  }
  return "";
}

// Characters, not bytes: continuation bytes of UTF-8 take no room.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void AppendRow(std::string& out, const std::vector<Column>& columns, const std::vector<size_t>& widths,
               const std::vector<Cell>& row, bool colors) {
  std::string line;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string text = i < row.size() ? Printable(row[i].text) : "";
    const std::string padding(widths[i] - std::min(widths[i], Width(text)), ' ');
    if (i > 0) line += kBetween;
    if (columns[i].right) line += padding;
    line += Paint(text, i < row.size() ? row[i].color : Color::kNone, colors);
    if (!columns[i].right && i + 1 < columns.size()) line += padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

}  // namespace

bool UseColors() { return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

std::string Printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return clean;
}

std::string Paint(std::string_view text, Color color, bool enabled) {
  const std::string clean = Printable(text);
  return enabled && color != Color::kNone && !clean.empty() ? Code(color) + clean + "\033[0m" : clean;
}

std::string Table::Text(bool colors) const {
  std::vector<size_t> widths;
  std::vector<Cell> titles;
  for (const Column& column : columns_) {
    widths.push_back(Width(column.title));
    titles.emplace_back(column.title, Color::kBold);
  }
  for (const auto& row : rows_) {
    for (size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
      widths[i] = std::max(widths[i], Width(row[i].text));
    }
  }
  std::string out;
  AppendRow(out, columns_, widths, titles, colors);
  for (const auto& row : rows_) AppendRow(out, columns_, widths, row, colors);
  return out;
}

}  // namespace huidu::cli
