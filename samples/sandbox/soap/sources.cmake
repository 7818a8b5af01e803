# Sources of the servers with SOAP services (SAP FI, SAP CRM), relative to this folder.
set(sandbox_soap_sources
  assignment.cpp
  contract.cpp
  crm_administration.cpp
  crm_checkbook.cpp
  crm_claims.cpp
  crm_desk.cpp
  crm_documents.cpp
  crm_initiatives.cpp
  crm_leads.cpp
  crm_options.cpp
  crm_partners.cpp
  crm_postings.cpp
  crm_products.cpp
  crm_records.cpp
  crm_relations.cpp
  crm_requests.cpp
  crm_reservations.cpp
  crm_settlement.cpp
  crm_xif.cpp
  example_data.cpp
  fi_administration.cpp
  fi_books.cpp
  fi_checks.cpp
  fi_journal_entry.cpp
  fi_options.cpp
  fi_query.cpp
  fi_rfc.cpp
  paging.cpp
  port.cpp
  sap_crm_server.cpp
  sap_fi_server.cpp
  xml.cpp)
# The WSDLs that the servers publish and check requests against.
file(GLOB sandbox_soap_wsdls CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/soap/wsdl/*.wsdl")
list(LENGTH sandbox_soap_wsdls sandbox_soap_count)
set(sandbox_soap_table "")
foreach(file IN LISTS sandbox_soap_wsdls)
  file(READ "${file}" wsdl)
  get_filename_component(name "${file}" NAME_WE)
  string(APPEND sandbox_soap_table "    {\"${name}\", R\"wsdl(${wsdl})wsdl\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
endforeach()
configure_file("${CMAKE_CURRENT_SOURCE_DIR}/soap/texts.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/soap_texts.cpp" @ONLY)
list(APPEND sandbox_sources "${CMAKE_CURRENT_BINARY_DIR}/soap_texts.cpp")
