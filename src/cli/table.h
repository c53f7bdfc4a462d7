#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace huidu::cli {

enum class Color { kNone, kGreen, kYellow, kRed, kBold };

// Whether standard output is a terminal that wants colours (and NO_COLOR is not set).
bool UseColors();

// `text` in that colour if `enabled`. Control characters become "?": what a server says must not drive the terminal.
std::string Paint(std::string_view text, Color color, bool enabled);
// The same without a colour.
std::string Printable(std::string_view text);

struct Column {
  std::string title;
  bool right = false;  // numbers
};

struct Cell {
  Cell(std::string text, Color color = Color::kNone)
      : text(std::move(text)), color(color) {}  // NOLINT: a text is a cell
  Cell(const char* text) : text(text) {}        // NOLINT
  std::string text;
  Color color = Color::kNone;
};

// Rows under titles, each column as wide as its widest cell.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  std::string Text(bool colors) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace huidu::cli
