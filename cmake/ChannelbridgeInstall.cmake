# Headers, libraries, mappings, published metadata and the program, and the package that `find_package(channelbridge)` reads.
include(CMakePackageConfigHelpers)

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/channelbridge")
set(data_folder "${CMAKE_INSTALL_DATADIR}/channelbridge")

get_property(installed_targets GLOBAL PROPERTY CHANNELBRIDGE_TARGETS)
install(TARGETS ${installed_targets} EXPORT channelbridge
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
install(EXPORT channelbridge NAMESPACE channelbridge:: FILE channelbridgeTargets.cmake
  DESTINATION "${package_folder}" COMPONENT development)

install(DIRECTORY sdk/include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development FILES_MATCHING PATTERN "*.hpp")
file(GLOB adapter_headers LIST_DIRECTORIES true CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/adapters/*/include")
foreach(folder IN LISTS adapter_headers)
  install(DIRECTORY "${folder}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development FILES_MATCHING PATTERN "*.hpp")
endforeach()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/channelbridgeConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/channelbridgeConfig.cmake"
  INSTALL_DESTINATION "${package_folder}" PATH_VARS data_folder)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/channelbridgeConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/channelbridgeConfig.cmake" "${PROJECT_BINARY_DIR}/channelbridgeConfigVersion.cmake"
  DESTINATION "${package_folder}" COMPONENT development)

# What the program and an embedding program read at run time.
install(DIRECTORY mappings DESTINATION "${data_folder}" COMPONENT data FILES_MATCHING PATTERN "*.yaml" PATTERN "*.json")
set(fixtures "${PROJECT_SOURCE_DIR}/tests/fixtures")
install(DIRECTORY "${fixtures}/salesforce/" DESTINATION "${data_folder}/metadata/salesforce" COMPONENT data
  FILES_MATCHING PATTERN "describe_*.json" PATTERN "overlay*.json" PATTERN "rest" EXCLUDE PATTERN "cassettes" EXCLUDE)
install(DIRECTORY "${fixtures}/tryton/" DESTINATION "${data_folder}/metadata/tryton" COMPONENT data FILES_MATCHING PATTERN "*.json")
foreach(part sap_s4hana/odata-v2 sap_s4hana/odata-v4 sap_c4c/c4c)
  get_filename_component(folder "${part}" NAME)
  install(DIRECTORY "${fixtures}/sap/${folder}/" DESTINATION "${data_folder}/metadata/${part}" COMPONENT data
    FILES_MATCHING PATTERN "*.edmx" PATTERN "*.metadata.xml")
endforeach()

# To copy and to read: the library carries its own copy.
install(DIRECTORY adapters/manifests/ DESTINATION "${data_folder}/manifests" COMPONENT data FILES_MATCHING PATTERN "*.yaml" PATTERN "*.wsdl" PATTERN "*.md")

# The library starts it for jq fields, so it comes with either.
install(TARGETS channelbridge_jq RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
install(TARGETS channelbridge_jq RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT development)
if(TARGET channelbridge_cli)
  install(TARGETS channelbridge_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
endif()
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
