# What every target of the project shares: compiler settings, sanitizers, ccache, the faster linker,
# and the helpers with which the folders of src/ declare themselves.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
# Modules stand beside the binaries, as in an installed tree: bin/ and lib/huidu/.
set(HUIDU_MODULE_DIRECTORY "${CMAKE_BINARY_DIR}/lib/huidu")

find_program(HUIDU_CCACHE ccache)
if(HUIDU_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${HUIDU_CCACHE}")
endif()
find_program(HUIDU_MOLD mold)

add_library(huidu_options INTERFACE)
target_include_directories(huidu_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(huidu_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
if(HUIDU_WERROR)
  target_compile_options(huidu_options INTERFACE -Werror)
endif()
if(HUIDU_MOLD)
  target_link_options(huidu_options INTERFACE -fuse-ld=mold)
endif()
# spdlog as Debian builds it: with the system's fmt, as a shared library.
target_compile_definitions(huidu_options INTERFACE SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB SPDLOG_SHARED_LIB)
# Boost.Asio: no deprecated names.
target_compile_definitions(huidu_options INTERFACE BOOST_ASIO_NO_DEPRECATED)
if(HUIDU_SANITIZE)
  # UBSan's vptr check is off: it needs the type information of Debian's prebuilt libraries.
  target_compile_options(huidu_options INTERFACE -fsanitize=${HUIDU_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all -g1 -O1)
  if(HUIDU_SANITIZE MATCHES "undefined")
    target_compile_options(huidu_options INTERFACE -fno-sanitize=vptr)
  endif()
  target_link_options(huidu_options INTERFACE -fsanitize=${HUIDU_SANITIZE})
  if(HUIDU_SANITIZE MATCHES "thread")
    # GCC's TSan does not model the fences that Asio uses; this makes Asio use none.
    target_compile_definitions(huidu_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

if(HUIDU_FUZZ)
  target_compile_options(huidu_options INTERFACE -fsanitize=fuzzer-no-link)  # coverage of the code under the targets
endif()

# huidu_library(NAME <folder_name> SRCS a.cc … DEPS target …): one folder of src/ as a static library.
function(huidu_library)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_library(${ARG_NAME} STATIC ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PUBLIC huidu_options ${ARG_DEPS})
endfunction()

# huidu_module(KIND engine|task NAME <name> SRCS a.cc … DEPS target … EXPORTS file [LIBRARY_DIR dir]):
# lib/huidu/libhuidu_<kind>_<name>.so, which OpenModule() finds. EXPORTS is the linker's list of what it shows.
# LIBRARY_DIR: where a library that it needs stands; found relative to the module, so that the build folder can be moved
# together with the packages.
function(huidu_module)
  cmake_parse_arguments(ARG "" "KIND;NAME;EXPORTS;LIBRARY_DIR" "SRCS;DEPS" ${ARGN})
  set(target huidu_${ARG_KIND}_${ARG_NAME})
  add_library(${target} MODULE ${ARG_SRCS})
  target_link_libraries(${target} PRIVATE huidu_options ${ARG_DEPS})
  target_link_options(${target} PRIVATE "LINKER:--version-script=${ARG_EXPORTS}")
  if(NOT HUIDU_SANITIZE)  # a sanitizer's own symbols are in the program
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY "${HUIDU_MODULE_DIRECTORY}" LINK_DEPENDS "${ARG_EXPORTS}")
  if(ARG_LIBRARY_DIR)
    file(RELATIVE_PATH relative "${HUIDU_MODULE_DIRECTORY}" "${ARG_LIBRARY_DIR}")
    set_target_properties(${target} PROPERTIES BUILD_RPATH "$ORIGIN/${relative}")
  endif()
endfunction()

# huidu_binary(NAME <program> SRCS a.cc … DEPS target …)
function(huidu_binary)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE huidu_options ${ARG_DEPS})
endfunction()

# huidu_test(NAME <folder>_test SRCS a_test.cc … DEPS target … [LABEL engine]): one test program a folder; ctest sees
# every case by itself, so it can run them in parallel and name the one that fails.
function(huidu_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL" "SRCS;DEPS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${ARG_NAME} ${ARG_SRCS})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(${ARG_NAME} PRIVATE huidu_options GTest::gmock GTest::gtest_main ${ARG_DEPS})
  include(GoogleTest)
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  gtest_discover_tests(${ARG_NAME} DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${ARG_LABEL} ENVIRONMENT "HUIDU_BUILD_DIR=${CMAKE_BINARY_DIR}")
endfunction()

# huidu_fuzz(NAME <what>_fuzz SRCS a_fuzz.cc DEPS target …): a libFuzzer target; only in the fuzz preset.
function(huidu_fuzz)
  if(NOT HUIDU_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
  target_link_libraries(${ARG_NAME} PRIVATE huidu_options ${ARG_DEPS})
  target_link_options(${ARG_NAME} PRIVATE -fsanitize=fuzzer)
  add_test(NAME fuzz.${ARG_NAME} COMMAND ${ARG_NAME} -runs=20000 -seed=1 -max_len=4096)
endfunction()
