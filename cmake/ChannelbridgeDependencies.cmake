# All third-party packages, found once. Debian packages: cmake/packages.txt.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Net NetSSL Crypto Data DataSQLite)
find_package(pugixml REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(cpprestsdk REQUIRED)

find_library(CHANNELBRIDGE_PHONENUMBER phonenumber REQUIRED)
if(NOT TARGET channelbridge_phonenumber)
  add_library(channelbridge_phonenumber INTERFACE IMPORTED)
  target_link_libraries(channelbridge_phonenumber INTERFACE "${CHANNELBRIDGE_PHONENUMBER}")
endif()

find_library(CHANNELBRIDGE_JQ jq REQUIRED)

if(CHANNELBRIDGE_SAMPLES)
  find_package(CLI11 REQUIRED)
  find_package(LibXml2 REQUIRED) # the sandboxes check SOAP requests with its XML Schema validator
endif()
if(CHANNELBRIDGE_TESTS)
  find_package(GTest REQUIRED)
endif()
