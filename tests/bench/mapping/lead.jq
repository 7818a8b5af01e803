# The same two mappings as a jq program.
def status: {"Open - Not Contacted":"01","Working - Contacted":"03","Closed - Converted":"06","Closed - Not Converted":"04"}[.];
def source: {"Web":"001","Phone Inquiry":"002","Partner Referral":"003","Other":"004"}[.];
def rating: {"Hot":"1","Warm":"2","Cold":"3"}[.];
def country: {"Germany":"DE","Sweden":"SE","Poland":"PL","China":"CN"}[.];
{
  Name: .Description, Company: .Company, ContactFirstName: .FirstName, ContactLastName: .LastName,
  ContactFunctionalTitleName: .Title, ContactEMail: .Email, ContactPhone: .Phone,
  AccountPostalAddressElementsStreetName: .Street, AccountCity: .City, AccountState: .State,
  AccountPostalAddressElementsStreetPostalCode: .PostalCode, AccountCountry: (.Country | country),
  UserStatusCode: (.Status | status), OriginTypeCode: (.LeadSource | source), QualificationLevelCode: (.Rating | rating),
  ExpectedRevenueAmount: (.AnnualRevenue | tostring), ExpectedRevenueCurrencyCode: .CurrencyIsoCode
} | with_entries(select(.value != null))
