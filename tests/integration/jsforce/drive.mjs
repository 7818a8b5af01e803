// Drives a Salesforce-like server with jsforce, as its users would. Exit code 0 = every step behaved.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

// The client is installed in the build tree, not beside this file.
const jsforce = createRequire(process.env.CLIENT_FOLDER + '/')('jsforce');
const url = process.env.SANDBOX_URL;

const steps = {
  async 'log in with client credentials'() {
    const conn = new jsforce.Connection({
      instanceUrl: url,
      oauth2: { clientId: process.env.CLIENT_ID, clientSecret: process.env.CLIENT_SECRET, loginUrl: url },
    });
    const user = await conn.authorize({ grant_type: 'client_credentials' });
    assert.match(user.id, /^005/);
    assert.match(user.organizationId, /^00D/);
    assert.equal((await conn.identity()).username, 'integration@sandbox.example');
  },

  async 'describe objects and versions'(conn) {
    const global = await conn.describeGlobal();
    assert.ok(global.sobjects.some((object) => object.name === 'Lead' && object.keyPrefix === '00Q'));
    const lead = await conn.sobject('Lead').describe();
    const key = lead.fields.find((field) => field.name === 'ChannelbridgeId__c');
    assert.ok(key.externalId && key.unique);
    assert.ok((await conn.request('/services/data')).length > 10);
  },

  async 'create, read, update and delete one record'(conn) {
    const made = await conn.sobject('Account').create({ Name: 'Nordljus AB', AnnualRevenue: 1250000 });
    assert.ok(made.success);
    const read = await conn.sobject('Account').retrieve(made.id);
    assert.equal(read.AnnualRevenue, 1250000);
    assert.ok((await conn.sobject('Account').update({ Id: made.id, Site: 'Kiruna' })).success);
    assert.equal((await conn.sobject('Account').retrieve(made.id)).Site, 'Kiruna');
    assert.ok((await conn.sobject('Account').destroy(made.id)).success);
    await assert.rejects(conn.sobject('Account').update({ Id: made.id, Site: 'x' }), { errorCode: 'ENTITY_IS_DELETED' });
  },

  async 'create 450 records by collections and page through them'(conn) {
    const leads = Array.from({ length: 450 }, (_, i) => ({ LastName: `Lead ${i}`, Company: 'Nordljus', ChannelbridgeId__c: `k${i}` }));
    const made = await conn.sobject('Lead').create(leads, { allowRecursive: true });
    assert.equal(made.filter((result) => result.success).length, 450);
    const seen = [];
    let page = await conn.query("SELECT Id, LastName FROM Lead WHERE Company = 'Nordljus' ORDER BY Id", { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.equal(page.totalSize, 450);
    for (;;) {
      seen.push(...page.records.map((record) => record.Id));
      if (page.done) break;
      page = await conn.queryMore(page.nextRecordsUrl);
    }
    assert.equal(new Set(seen).size, 450);
    const streamed = await conn.query("SELECT Id FROM Lead WHERE Company = 'Nordljus'").run({ autoFetch: true, maxFetch: 1000 });
    assert.equal(streamed.totalSize, 450);
    const found = await conn.sobject('Lead').find({ LastName: { $in: ['Lead 3', 'Lead 4'] } }, 'Id, LastName').sort({ LastName: -1 }).execute();
    assert.deepEqual(found.map((record) => record.LastName), ['Lead 4', 'Lead 3']);
  },

  async 'update, upsert and delete by collections, each record with its own result'(conn) {
    const ids = (await conn.query('SELECT Id FROM Lead ORDER BY Id LIMIT 3')).records.map((record) => record.Id);
    const updated = await conn.sobject('Lead').update([
      { Id: ids[0], Title: 'CEO' },
      { Id: ids[1], Email: 'not an address' },
      { Id: ids[2], Title: 'CTO' },
    ]);
    assert.deepEqual(updated.map((result) => result.success), [true, false, true]);
    assert.equal(updated[1].errors[0].statusCode ?? updated[1].errors[0].errorCode, 'INVALID_EMAIL_ADDRESS');
    const upserted = await conn.sobject('Lead').upsert(
      [{ ChannelbridgeId__c: 'k0', LastName: 'Again', Company: 'Nordljus' }, { ChannelbridgeId__c: 'new', LastName: 'New', Company: 'Nordljus' }],
      'ChannelbridgeId__c');
    assert.deepEqual(upserted.map((result) => result.success), [true, true]);
    assert.deepEqual(upserted.map((result) => result.created), [false, true]);
    const destroyed = await conn.sobject('Lead').destroy(ids);
    assert.deepEqual(destroyed.map((result) => result.success), [true, true, true]);
    assert.equal((await conn.query('SELECT count() FROM Lead')).totalSize, 448);
  },

  async 'send a composite request and list what changed'(conn) {
    const answer = await conn.request({
      method: 'POST',
      url: `/services/data/v${conn.version}/composite`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        allOrNone: true,
        compositeRequest: [
          { method: 'POST', url: `/services/data/v${conn.version}/sobjects/Account`, referenceId: 'acct', body: { Name: 'Fjord' } },
          { method: 'POST', url: `/services/data/v${conn.version}/sobjects/Contact`, referenceId: 'con', body: { LastName: 'Berg', AccountId: '@{acct.id}' } },
        ],
      }),
    });
    assert.deepEqual(answer.compositeResponse.map((part) => part.httpStatusCode), [201, 201]);
    const start = new Date(Date.now() - 3600e3);
    const end = new Date(Date.now() + 3600e3);
    assert.equal((await conn.sobject('Contact').updated(start, end)).ids.length, 1);
    assert.equal((await conn.sobject('Lead').deleted(start, end)).deletedRecords.length, 3);
  },

  async 'tell errors apart'(conn) {
    await assert.rejects(conn.query('SELECT Nonsense FROM Lead'), { errorCode: 'INVALID_FIELD' });
    await assert.rejects(conn.sobject('Lead').create({ Company: 'x' }), { errorCode: 'REQUIRED_FIELD_MISSING' });
    const stranger = new jsforce.Connection({ instanceUrl: url, accessToken: '00D!wrong', version: '60.0' });
    await assert.rejects(stranger.query('SELECT Id FROM Lead'), { errorCode: 'INVALID_SESSION_ID' });
  },
};

const conn = new jsforce.Connection({ instanceUrl: url, accessToken: process.env.ACCESS_TOKEN, version: '60.0' });
let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  try {
    await step(conn);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n${error.stack}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
