// A small service of our own: versions, short pages, parts of a partner, a unique mark.
using { managed } from '@sap/cds/common';

namespace peer;

@assert.unique: { mark: [hubId] }
entity Partners : managed {
  key ID : UUID;
  hubId : String(36);
  @mandatory name : String(80);
  website : String(255);
  duns : String(9);
  weight : Decimal(9, 2);
  addresses : Composition of many Addresses on addresses.partner = $self;
}

entity Addresses {
  key ID : UUID;
  partner : Association to Partners;
  kind : String(20);
  line1 : String(120);
  city : String(40);
  postalCode : String(10);
  country : String(2);
}

@(path: 'crm', requires: 'authenticated-user')
service CrmService {
  @cds.query.limit: { default: 100, max: 100 }
  entity Partners as projection on peer.Partners;
  entity Addresses as projection on peer.Addresses;
}
annotate CrmService.Partners with { modifiedAt @odata.etag };
