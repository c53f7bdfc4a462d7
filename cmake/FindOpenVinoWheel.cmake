# OpenVINO's C++ library out of the Python wheel, which tools/setup unpacks without Python. Defines the target
# OpenVinoWheel::OpenVino. The library's file carries its version and has no plain link beside it, so it is found by
# pattern.
file(GLOB OpenVinoWheel_LIBRARY "${HUIDU_PACKAGES}/openvino-*/openvino/libs/libopenvino.so.*")
list(LENGTH OpenVinoWheel_LIBRARY OpenVinoWheel_COUNT)
if(OpenVinoWheel_COUNT GREATER 1)
  message(FATAL_ERROR "More than one OpenVINO in ${HUIDU_PACKAGES}: ${OpenVinoWheel_LIBRARY}")
endif()
if(OpenVinoWheel_COUNT EQUAL 1)
  cmake_path(GET OpenVinoWheel_LIBRARY PARENT_PATH OpenVinoWheel_FOLDER)
  set(OpenVinoWheel_INCLUDE_DIR "${OpenVinoWheel_FOLDER}/../include")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenVinoWheel
  REQUIRED_VARS OpenVinoWheel_LIBRARY OpenVinoWheel_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "no openvino package in ${HUIDU_PACKAGES}: run tools/setup, or set -DHUIDU_ENGINES=OFF")

if(OpenVinoWheel_FOUND AND NOT TARGET OpenVinoWheel::OpenVino)
  add_library(OpenVinoWheel::OpenVino SHARED IMPORTED)
  set_target_properties(OpenVinoWheel::OpenVino PROPERTIES
    IMPORTED_LOCATION "${OpenVinoWheel_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OpenVinoWheel_INCLUDE_DIR}")
endif()
