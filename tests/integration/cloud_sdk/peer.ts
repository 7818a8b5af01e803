// SAP's Cloud SDK for JavaScript against the sandbox. Argument: the server's URL. Exits with 1 at the first surprise.
import assert from 'node:assert/strict';
import { apiBusinessPartner, batch, changeset } from './generated/API_BUSINESS_PARTNER';

const destination = {
  url: process.argv[2],
  authentication: 'BasicAuthentication' as const,
  username: 'CHANNEL',
  password: 'Welcome1',
  sapClient: '100',
};

async function main(): Promise<void> {
  const { businessPartnerApi, businessPartnerAddressApi, buPaIdentificationApi } = apiBusinessPartner();
  const partners = businessPartnerApi.requestBuilder();

  // Read: filter, order, select, expand, count, paging parameters.
  const found = await partners
    .getAll()
    .filter(businessPartnerApi.schema.ORGANIZATION_BP_NAME_1.equals("O'Neil & Söhne"))
    .select(businessPartnerApi.schema.BUSINESS_PARTNER, businessPartnerApi.schema.CREATION_DATE)
    .execute(destination);
  assert.equal(found.length, 1);
  assert.equal(found[0].businessPartner, '12');
  assert.equal(found[0].creationDate?.toISOString(), '2020-05-01T00:00:00.000Z');
  const all = await partners
    .getAll()
    .orderBy(businessPartnerApi.schema.BUSINESS_PARTNER)
    .top(2)
    .skip(1)
    .execute(destination);
  assert.deepEqual(all.map((each) => each.businessPartner), ['11', '12']);
  assert.equal(await partners.getAll().count().execute(destination), 3);
  console.log('read: filter, select, order, top, skip, count');

  // Deep create, then read with expand.
  const created = await partners
    .create(
      businessPartnerApi
        .entityBuilder()
        .businessPartnerCategory('2')
        .organizationBpName1('Vistula Sp. z o.o.')
        .toBusinessPartnerAddress([businessPartnerAddressApi.entityBuilder().country('PL').cityName('Kraków').build()])
        .build(),
    )
    .execute(destination);
  const number = created.businessPartner;
  const expanded = await partners
    .getByKey(number)
    .select(businessPartnerApi.schema.ALL_FIELDS, businessPartnerApi.schema.TO_BUSINESS_PARTNER_ADDRESS)
    .execute(destination);
  assert.equal(expanded.toBusinessPartnerAddress[0].cityName, 'Kraków');
  console.log('create: deep insert with CSRF token and cookies');

  // Update with the ETag that came with the read; a stale one is refused.
  expanded.searchTerm1 = 'VISTULA';
  await partners.update(expanded).execute(destination);
  const stale = await partners.getByKey(number).execute(destination);
  const fresh = await partners.getByKey(number).execute(destination);
  fresh.searchTerm2 = 'KRK';
  await partners.update(fresh).execute(destination);
  stale.searchTerm2 = 'STALE';
  await assert.rejects(partners.update(stale).execute(destination), (error: any) => {
    assert.equal(error.cause?.response?.status ?? error.rootCause?.response?.status, 412);
    return true;
  });
  assert.equal((await partners.getByKey(number).execute(destination)).searchTerm2, 'KRK');
  console.log('update: ETag sent, stale ETag refused');

  // A batch: a read, a change set that works, one that fails as a whole.
  const identification = (type: string) =>
    buPaIdentificationApi
      .requestBuilder()
      .create(
        buPaIdentificationApi
          .entityBuilder()
          .businessPartner(number)
          .bpIdentificationType(type)
          .bpIdentificationNumber('CB-1')
          .build(),
      );
  const answers = await batch(
    partners.getByKey(number),
    changeset(identification('CHANN1'), identification('CHANN2')),
    changeset(identification('CHANN3'), identification('CHANN1')),
  ).execute(destination);
  assert.equal(answers.length, 3);
  const [read, good, bad] = answers;
  assert.ok(read.isReadResponse());
  assert.equal(read.as(businessPartnerApi)[0].businessPartner, number);
  assert.ok(good.isWriteResponses());
  assert.deepEqual(good.responses.map((each) => each.httpCode), [201, 201]);
  assert.equal(bad.isSuccess(), false);
  assert.equal((bad as { httpCode?: number }).httpCode, 400);
  const rows = await buPaIdentificationApi
    .requestBuilder()
    .getAll()
    .filter(buPaIdentificationApi.schema.BUSINESS_PARTNER.equals(number))
    .execute(destination);
  assert.deepEqual(rows.map((row) => row.bpIdentificationType).sort(), ['CHANN1', 'CHANN2']);
  console.log('batch: read, change set, failed change set rolled back');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
