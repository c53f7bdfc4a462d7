#include "check/html_parts.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "base/utf8.h"

namespace huidu::check {
namespace {

constexpr size_t kMaxPicture = 2 << 20;
constexpr size_t kMaxPictures = 24 << 20;
constexpr size_t kMaxText = 4000;

// The picture's type by its first bytes; empty: none that a browser shows.
std::string_view PictureType(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("BM")) return "image/bmp";
  if (bytes.size() > 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return "image/webp";
  return "";
}

std::string WithoutSpace(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!absl::ascii_isspace(static_cast<unsigned char>(c))) out += c;
  }
  return out;
}

}  // namespace

const char kPageStyle[] = R"(
body{font:15px/1.5 'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;max-width:1100px;margin:24px auto;
padding:0 16px;color:#1f2328}h1{font-size:24px}h2{font-size:18px;margin-top:36px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 10px;border-bottom:1px solid #d8dee4;
vertical-align:top}th{color:#57606a;font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.passed{color:#1a7f37}.failed{color:#cf222e}.no_data{color:#9a6700}.badge{font-weight:700}
pre{white-space:pre-wrap;word-break:break-word;margin:0;font:14px/1.5 inherit}img{max-width:320px;max-height:320px;
border:1px solid #d8dee4}.muted{color:#57606a}svg text{font:12px sans-serif;fill:#57606a}.candidate{fill:#bc4c00;
stroke:#bc4c00}.baseline{fill:#0969da;stroke:#0969da}.axis{stroke:#d8dee4}.sample{display:grid;gap:12px;
grid-template-columns:330px 1fr 1fr 1fr;border-top:1px solid #d8dee4;padding:12px 0}.sample h3{margin:0;font-size:13px;
color:#57606a;font-weight:600}mark{background:#ffebe9})";

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : utf8::Shortened(text, kMaxText)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 && c != '\n' ? '?' : c;
    }
  }
  if (text.size() > kMaxText) out += "…";
  return out;
}

std::string MarkedHtml(std::string_view text, std::string_view reference) {
  const std::string right = WithoutSpace(reference);
  std::string out;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(utf8::Shortened(text, kMaxText)), '\n')) {
    const bool same = right.find(WithoutSpace(FromAbsl(line))) != std::string::npos;
    StrAppend(&out, out.empty() ? "" : "\n", same ? "" : "<mark>", EscapeHtml(FromAbsl(line)), same ? "" : "</mark>");
  }
  return text.size() > kMaxText ? out + "…" : out;
}

std::string HtmlColumn(std::string_view title, std::string_view html) {
  return StrCat("<div><h3>", title, "</h3><pre>", html, "</pre></div>");
}

std::string SampleContents::Show(const Sample& sample) {
  const std::string heading = StrCat("<h3>", EscapeHtml(sample.id), " ", EscapeHtml(sample.category), "</h3>");
  const std::string_view type = sample.kind == Sample::Kind::kFile ? PictureType(sample.content) : "";
  if (type.empty()) {
    const std::string& shown = sample.kind == Sample::Kind::kFile ? sample.file : sample.content;
    return StrCat(heading, "<pre>", EscapeHtml(shown), "</pre>");
  }
  pictures_ += sample.content.size();
  if (sample.content.size() > kMaxPicture || pictures_ > kMaxPictures) {
    return StrCat(heading, "<pre>", EscapeHtml(sample.file), "</pre>");
  }
  return StrCat(heading, "<img loading=lazy alt=\"", EscapeHtml(sample.id), "\" src=\"data:", type, ";base64,",
                absl::Base64Escape(ToAbsl(sample.content)), "\">");
}

}  // namespace huidu::check
