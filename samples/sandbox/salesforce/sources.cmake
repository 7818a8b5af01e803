set(sandbox_salesforce_sources
  errors.cpp record_id.cpp metadata.cpp values.cpp table.cpp duplicates.cpp writes.cpp org.cpp administration.cpp approvals.cpp conversion.cpp soap.cpp
  soql.cpp query.cpp query_render.cpp tokens.cpp service.cpp rows.cpp collections.cpp bulk.cpp bulk_csv.cpp bulk_run.cpp composite.cpp tree.cpp resources.cpp
  sales_rules.cpp sales_lines.cpp funds_rules.cpp cases.cpp file_queries.cpp files.cpp base64.cpp quote_sync.cpp cpq_prices.cpp cpq_router.cpp)
