# Paddle Inference, as the target Paddle::Paddle:
#   PADDLE_INFERENCE_ROOT set   the official C++ SDK, 3.0 or newer, CPU or CUDA, with its own header
#   otherwise                   libpaddle.so out of the Python wheel that tools/setup unpacked, with our own header
# Sets Paddle_IS_SDK and Paddle_LIBRARY_DIR.
include(FindPackageHandleStandardArgs)

if(PADDLE_INFERENCE_ROOT)
  set(Paddle_IS_SDK TRUE)
  find_path(Paddle_INCLUDE_DIR paddle_inference_api.h PATHS "${PADDLE_INFERENCE_ROOT}/paddle/include" NO_DEFAULT_PATH)
  find_library(Paddle_LIBRARY NAMES paddle_inference PATHS "${PADDLE_INFERENCE_ROOT}/paddle/lib" NO_DEFAULT_PATH)
  set(Paddle_MISSING "no C++ SDK of Paddle Inference in PADDLE_INFERENCE_ROOT=${PADDLE_INFERENCE_ROOT}")
else()
  set(Paddle_IS_SDK FALSE)
  set(Paddle_INCLUDE_DIR "${PROJECT_SOURCE_DIR}/src/engine/paddle/wheel")
  file(GLOB Paddle_LIBRARY "${HUIDU_PACKAGES}/paddlepaddle-*/paddle/base/libpaddle.so")
  list(LENGTH Paddle_LIBRARY Paddle_COUNT)
  if(Paddle_COUNT GREATER 1)
    message(FATAL_ERROR "More than one Paddle in ${HUIDU_PACKAGES}: ${Paddle_LIBRARY}")
  endif()
  # The library is a Python module: its 213 symbols of Python have to be there, though no interpreter is ever started.
  find_library(Paddle_PYTHON_LIBRARY NAMES libpython3.11.so.1.0 python3.11)
  set(Paddle_NEEDS_PYTHON Paddle_PYTHON_LIBRARY)
  set(Paddle_MISSING "no paddlepaddle package in ${HUIDU_PACKAGES}, or no libpython3.11: run tools/setup, or set -DHUIDU_ENGINES=OFF")
endif()

find_package_handle_standard_args(Paddle REQUIRED_VARS Paddle_LIBRARY Paddle_INCLUDE_DIR ${Paddle_NEEDS_PYTHON}
  REASON_FAILURE_MESSAGE "${Paddle_MISSING}")

if(Paddle_FOUND AND NOT TARGET Paddle::Paddle)
  cmake_path(GET Paddle_LIBRARY PARENT_PATH Paddle_LIBRARY_DIR)
  add_library(Paddle::Paddle SHARED IMPORTED)
  set_target_properties(Paddle::Paddle PROPERTIES
    IMPORTED_LOCATION "${Paddle_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Paddle_INCLUDE_DIR}"
    # The library finds its own neighbours by its run path when it is loaded; the linker need not look for them.
    INTERFACE_LINK_OPTIONS "LINKER:--unresolved-symbols=ignore-in-shared-libs")
  if(Paddle_IS_SDK)
    # The SDK's library has no run path of its own to what it needs. The old kind of ours counts for it as well.
    file(GLOB Paddle_THIRD_PARTY "${PADDLE_INFERENCE_ROOT}/third_party/install/*/lib")
    list(TRANSFORM Paddle_THIRD_PARTY PREPEND "LINKER:-rpath,")
    set_property(TARGET Paddle::Paddle APPEND PROPERTY INTERFACE_LINK_OPTIONS "LINKER:--disable-new-dtags"
      ${Paddle_THIRD_PARTY})
  endif()
  if(Paddle_PYTHON_LIBRARY)
    # In one piece: it is linked though no object of ours needs it.
    set_property(TARGET Paddle::Paddle PROPERTY INTERFACE_LINK_LIBRARIES
      "-Wl,--push-state,--no-as-needed,${Paddle_PYTHON_LIBRARY},--pop-state")
  endif()
endif()
