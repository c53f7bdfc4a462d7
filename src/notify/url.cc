#include "notify/url.h"

#include <curl/curl.h>

#include <memory>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::notify {
namespace {

using Url = std::unique_ptr<CURLU, void (*)(CURLU*)>;

Url Parse(const std::string& text) {
  Url url(curl_url(), curl_url_cleanup);
  if (url != nullptr && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    url.reset();
  }
  return url;
}

std::string Part(const Url& url, CURLUPart what) {
  char* text = nullptr;
  if (url == nullptr || curl_url_get(url.get(), what, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, void (*)(void*)> owner(text, curl_free);
  return text;
}

}  // namespace

absl::Status CheckUrl(const std::string& url) {
  if (url.size() > kMaxUrlBytes) {
    return absl::InvalidArgumentError(
        StrCat("the URL has ", url.size(), " bytes; at most ", kMaxUrlBytes, " are taken"));
  }
  for (const unsigned char letter : url) {
    if (letter <= ' ' || letter == 0x7f) return absl::InvalidArgumentError("the URL has blanks or control characters");
  }
  const Url parsed = Parse(url);
  const std::string scheme = Part(parsed, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return absl::InvalidArgumentError("the URL does not begin with http:// or https://");
  }
  if (Part(parsed, CURLUPART_HOST).empty()) return absl::InvalidArgumentError("the URL has no host");
  return absl::OkStatus();
}

std::string PublicPart(const std::string& text) {
  const Url url = Parse(text);
  const std::string host = Part(url, CURLUPART_HOST);
  if (host.empty()) return "(no URL)";
  const std::string port = Part(url, CURLUPART_PORT);
  return StrCat(Part(url, CURLUPART_SCHEME), "://", host, port.empty() ? "" : ":", port);
}

}  // namespace huidu::notify
