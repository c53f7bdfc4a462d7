#include "task/ocr/bounded_allocator.h"

#include <cstring>
#include <opencv2/core.hpp>

namespace huidu::task::ocr {
namespace {

thread_local int64_t limit = 0;  // 0: none

// OpenCV's own allocator with the limit in front. What it gives is freed by OpenCV's own directly.
class BoundedAllocator : public cv::MatAllocator {
 public:
  cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, size_t* step, cv::AccessFlag flags,
                         cv::UMatUsageFlags usage) const override {
    const bool bounded = limit > 0 && data == nullptr;
    if (bounded && dims == 2 && int64_t{sizes[0]} * sizes[1] > limit) {
      throw BoundedMatrices::TooManyPixels{.width = sizes[1], .height = sizes[0]};
    }
    cv::UMatData* memory = standard_->allocate(dims, sizes, type, data, step, flags, usage);
    if (bounded && memory != nullptr) std::memset(memory->data, 0, memory->size);
    return memory;
  }
  bool allocate(cv::UMatData* data, cv::AccessFlag flags, cv::UMatUsageFlags usage) const override {
    return standard_->allocate(data, flags, usage);
  }
  void deallocate(cv::UMatData* data) const override { standard_->deallocate(data); }

 private:
  cv::MatAllocator* const standard_ = cv::Mat::getStdAllocator();
};

}  // namespace

BoundedMatrices::BoundedMatrices(int64_t max_pixels) {
  // Never destroyed: matrices may outlive every static object.
  static auto* const allocator = [] {
    auto* made = new BoundedAllocator;
    cv::Mat::setDefaultAllocator(made);
    return made;
  }();
  (void)allocator;
  limit = max_pixels;
}

BoundedMatrices::~BoundedMatrices() { limit = 0; }

}  // namespace huidu::task::ocr
