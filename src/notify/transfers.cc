#include "notify/transfers.h"

#include <curl/curl.h>

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace huidu::notify {
namespace {

void* NewMulti() {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  return initialized == CURLE_OK ? curl_multi_init() : nullptr;
}

}  // namespace

// One request from Start() to `done`. What curl only points to lives here.
struct Transfers::Transfer {
  PostRequest request;
  Done done;
  PostResult result;
  size_t received = 0;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;

  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }

  // Called by curl with each piece of the answer. Taking less than it has ends the transfer.
  static size_t Take(const char* data, size_t, size_t bytes, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    std::string& body = transfer.result.body;
    body.append(data, std::min(bytes, kMaxBodyBytes - body.size()));
    transfer.received += bytes;
    return transfer.received <= kMaxAnswerBytes ? bytes : 0;
  }

  bool Prepare() {
    easy = curl_easy_init();
    if (easy == nullptr) return false;
    request.headers.push_back("Content-Type: application/json");
    request.headers.push_back("Expect:");  // a small body is not announced first
    for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "huidu");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::Take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A name server that hangs is left behind at the time limit; without this curl would wait for its own look-up
    // thread.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    return true;
  }

  void Finish(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    // The answer to a request whose head says 200 and whose body never ends is 200: nobody reads the body.
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && received > kMaxAnswerBytes)) {
      result.status = static_cast<int>(status);
    } else {
      result.error = curl_easy_strerror(code);
    }
    done(result);
  }
};

Transfers::Transfers() : multi_(NewMulti()) {}

Transfers::~Transfers() {
  for (const auto& transfer : transfers_) curl_multi_remove_handle(multi_, transfer->easy);
  transfers_.clear();
  curl_multi_cleanup(multi_);
}

void Transfers::Start(PostRequest request, Done done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  if (!transfer->Prepare() || curl_multi_add_handle(multi_, transfer->easy) != CURLM_OK) {
    transfer->result.error = "curl cannot be used";
    return transfer->done(transfer->result);
  }
  transfers_.push_back(std::move(transfer));
}

void Transfers::Run(std::chrono::milliseconds wait) {
  int running = 0;
  curl_multi_perform(multi_, &running);
  if (static_cast<size_t>(running) == transfers_.size()) {
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    curl_multi_perform(multi_, &running);
  }
  FinishCompleted();
}

void Transfers::Wake() { curl_multi_wakeup(multi_); }

void Transfers::FinishCompleted() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;  // the message is gone with the handle
    curl_multi_remove_handle(multi_, easy);
    const auto found =
        std::find_if(transfers_.begin(), transfers_.end(), [&](const auto& t) { return t->easy == easy; });
    const std::unique_ptr<Transfer> transfer = std::move(*found);
    transfers_.erase(found);
    transfer->Finish(code);
  }
}

}  // namespace huidu::notify
