# Sources of the SAP-like servers, relative to this folder.
set(sandbox_sap_sources
  administration.cpp
  answer.cpp
  batch.cpp
  business_partner.cpp
  edmx.cpp
  engine.cpp
  filter.cpp
  gateway.cpp
  phone.cpp
  query.cpp
  render.cpp
  resource.cpp
  sap_server.cpp
  store.cpp
  transaction.cpp
  value.cpp)
