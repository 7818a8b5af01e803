# Sources of the IDoc server, relative to this folder.
set(sandbox_idoc_sources
  application.cpp
  http_port.cpp
  idoc_server.cpp
  purchasing.cpp
  segments.cpp)
# Its IDoc types are those of the adapter's data files.
file(GLOB sandbox_idoc_types CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/adapters/idoc/types/*.json")
set(sandbox_idoc_table "")
foreach(file IN LISTS sandbox_idoc_types)
  file(READ "${file}" json)
  string(APPEND sandbox_idoc_table "    R\"idoc(${json})idoc\",\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
endforeach()
configure_file("${CMAKE_CURRENT_SOURCE_DIR}/idoc/types.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/idoc_types.cpp" @ONLY)
list(APPEND sandbox_sources "${CMAKE_CURRENT_BINARY_DIR}/idoc_types.cpp")
