# Compiler settings for every target of this project, carried by one interface target.
add_library(channelbridge_settings INTERFACE)
target_compile_features(channelbridge_settings INTERFACE cxx_std_20)
target_compile_options(channelbridge_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual)
# g++ 12 warns falsely inside std::string's operator+ once it is inlined, depending on the lengths of literals and so on the path of
# the checkout (GCC bugs 105329 and 105651).
target_compile_options(channelbridge_settings INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict$<SEMICOLON>-Wno-array-bounds$<SEMICOLON>-Wno-stringop-overflow$<SEMICOLON>-Wno-stringop-overread>)
if(CHANNELBRIDGE_WERROR)
  target_compile_options(channelbridge_settings INTERFACE -Werror)
endif()
if(CHANNELBRIDGE_SANITIZE)
  add_compile_options(-fsanitize=${CHANNELBRIDGE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CHANNELBRIDGE_SANITIZE})
  if(CHANNELBRIDGE_SANITIZE MATCHES "undefined")
    # A null pointer is seen by the address sanitizer where it is used; these three checks stand at every access and cost a quarter of
    # the build.
    add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=null,alignment,vptr)
  endif()
endif()

# channelbridge_compile_quickly(<target>)
# Tests are compiled more often than they run, and wait more than they compute: without optimisation that takes two thirds of the time.
# A sanitizer's build keeps its own level.
function(channelbridge_compile_quickly target)
  if(NOT CHANNELBRIDGE_SANITIZE)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O0>)
  endif()
endfunction()

# Precompiled headers for the whole build, one per kind of target: library, program, test. Compiled once, shared by all; so every file
# must see the platform macros that Poco's packages ask for (_XOPEN_SOURCE, _FILE_OFFSET_BITS), whether it uses Poco or not.
if(CHANNELBRIDGE_PCH)
  target_compile_definitions(channelbridge_settings INTERFACE $<TARGET_PROPERTY:Poco::Foundation,INTERFACE_COMPILE_DEFINITIONS>)
  file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp" CONTENT "")
  foreach(kind library program test)
    set(owner channelbridge_precompiled_${kind})
    add_library(${owner} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp")
    target_link_libraries(${owner} PRIVATE channelbridge_settings)
    set_target_properties(${owner} PROPERTIES CXX_EXTENSIONS OFF EXCLUDE_FROM_ALL ON)
    target_precompile_headers(${owner} PRIVATE
      <algorithm> <chrono> <functional> <map> <memory> <optional> <set> <string> <string_view> <vector> <nlohmann/json.hpp>)
  endforeach()
  set_target_properties(channelbridge_precompiled_library PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(CHANNELBRIDGE_TESTS)
    channelbridge_compile_quickly(channelbridge_precompiled_test)
    target_link_libraries(channelbridge_precompiled_test PRIVATE GTest::gmock)
    target_precompile_headers(channelbridge_precompiled_test PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endif()
function(channelbridge_precompile target kind)
  if(CHANNELBRIDGE_PCH)
    target_precompile_headers(${target} REUSE_FROM channelbridge_precompiled_${kind})
  endif()
endfunction()

# channelbridge_library(<room> SOURCES ... [LINK public targets ...] [PRIVATE third-party targets ...])
# A static library channelbridge_<room> with the alias channelbridge::<room>.
function(channelbridge_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE;INCLUDE" ${ARGN})
  set(target channelbridge_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(channelbridge::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  if(NOT ARG_INCLUDE)
    set(ARG_INCLUDE "${channelbridge_SOURCE_DIR}/sdk/include")
  endif()
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${ARG_INCLUDE}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${target} PUBLIC cxx_std_20)  # its headers ask the same of their users
  target_link_libraries(${target} PUBLIC ${ARG_LINK}
    PRIVATE $<BUILD_INTERFACE:channelbridge_settings> ${ARG_PRIVATE})
  channelbridge_precompile(${target} library)
  set_property(GLOBAL APPEND PROPERTY CHANNELBRIDGE_TARGETS ${target})
endfunction()

# channelbridge_time_limit(<seconds> <test>...)
# Ends what hangs, and begins with what may take long, so that no core is left with that at the end. Code that the sanitizers watch runs
# several times as long, 20 times under the one of threads.
function(channelbridge_time_limit seconds)
  set_tests_properties(${ARGN} PROPERTIES COST ${seconds})
  if(CHANNELBRIDGE_SANITIZE STREQUAL "thread")
    math(EXPR seconds "20 * ${seconds}")
  elseif(CHANNELBRIDGE_SANITIZE)
    math(EXPR seconds "4 * ${seconds}")
  endif()
  set_tests_properties(${ARGN} PROPERTIES TIMEOUT ${seconds})
endfunction()

# channelbridge_test(<name> SOURCES ... [LINK ...] [LABELS ...] [TIMEOUT seconds])
# One GoogleTest program; each TEST becomes one ctest entry's part (the program is one entry).
function(channelbridge_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS;ARGS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  target_include_directories(${name} PRIVATE "${channelbridge_SOURCE_DIR}/tests/support")
  target_compile_definitions(${name} PRIVATE
    CHANNELBRIDGE_SOURCE_DIR="${channelbridge_SOURCE_DIR}" CHANNELBRIDGE_BINARY_DIR="${channelbridge_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE channelbridge_settings ${ARG_LINK} GTest::gmock GTest::gtest_main)
  channelbridge_compile_quickly(${name})
  channelbridge_precompile(${name} test)
  if(name MATCHES "^unit_" AND NOT name MATCHES "sandbox")
    list(APPEND ARG_LABELS unit)
    list(REMOVE_DUPLICATES ARG_LABELS)
    if(NOT TARGET unit_tests)
      add_custom_target(unit_tests)
    endif()
    add_dependencies(unit_tests ${name})
  endif()
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  channelbridge_time_limit(${ARG_TIMEOUT} ${name})
endfunction()
