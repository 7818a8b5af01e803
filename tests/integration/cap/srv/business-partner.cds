// The published service, served by CAP: what the EDMX cannot say is said here.
using { API_BUSINESS_PARTNER as bp } from './API_BUSINESS_PARTNER';

annotate bp with @(path: 'bp', requires: 'authenticated-user', impl: 'srv/business-partner.js');
annotate bp.A_BusinessPartner with @cds.query.limit: { default: 200, max: 200 } {
  ETag @odata.etag;
};
