// Servers made with npm's `soap`, unmodified, from published WSDLs. Arguments: the folder with node_modules, the folder of the sandboxes'
// WSDLs, limits.wsdl. Writes "READY http://127.0.0.1:port" and serves until it is stopped:
//   /funds /entries /lookup   SOAP 1.1; with 12 behind the name, SOAP 1.2 of the same description
//   /limits                   SOAP 1.2
//   /secured                  /funds with a UsernameToken of user CHANNEL
//   /__stored                 what is stored, as JSON
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Books, HangUp, Refused, Silent } from './books.mjs'

const [, , folder, wsdls, limits] = process.argv
const require = createRequire(join(folder, 'package.json'))
const soap = require('soap')
const { passwordDigest } = require('soap/lib/utils')

const kAddressing = 'http://www.w3.org/2005/08/addressing'
const kPassword = 'Welcome1'
const kDigest = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest'
const books = new Books()

const textOf = node => (node === undefined || node === null ? undefined : typeof node === 'object' ? node.$value : node)

/** The fault of either version, as users of this library write them. */
function faultOf (error, version) {
  const status = error.sender && version === 1.2 ? 400 : 500
  if (version === 1.1) {
    const code = error.sender ? 'soap:Client' : 'soap:Server'
    return { Fault: { faultcode: code, faultstring: error.message, detail: { Lock: { User: error.user } }, statusCode: status } }
  }
  return {
    Fault: {
      Code: { Value: error.sender ? 'soap:Sender' : 'soap:Receiver' },
      Reason: { Text: { attributes: { 'xml:lang': 'en' }, $value: error.message } },
      Detail: { Lock: { User: error.user } },
      statusCode: status
    }
  }
}

/** The library takes a promise: what it resolves to is the answer, a rejection with a Fault is that fault, any other one of its own. */
function operation (work, version) {
  return (said, done, headers, request) => new Promise((resolve, reject) => {
    try {
      resolve(work(said, textOf(headers?.MessageID)))
    } catch (error) {
      if (error instanceof HangUp) request.socket.destroy()
      else if (error instanceof Silent) done(error)  // a mistake that its users make: it answers 200 with an empty message
      else reject(error instanceof Refused ? faultOf(error, version) : error)
    }
  })
}

const funds = {
  FundQuery: () => books.fundQuery(),
  ReservationQuery: said => books.reservationQuery(said),
  ReservationSubmit: (said, id) => books.reservationSubmit(said, id),
  ClaimQuery: said => books.claimQuery(said),
  ClaimSubmit: said => books.claimSubmit(said)
}
const entries = { JournalEntryCreateRequestConfirmation_In: said => books.journalEntries(said) }
const lookup = { JournalEntryByReferenceQuery: said => books.journalEntryByReference(said) }

/** WS-Addressing: the answer says which message it answers. The library reads headers and leaves the rest to its user. */
function addressed (headers, method) {
  const id = textOf(headers?.MessageID)
  if (id === undefined) return ''
  return `<a:RelatesTo xmlns:a="${kAddressing}">${id}</a:RelatesTo><a:Action xmlns:a="${kAddressing}">urn:answer:${method}</a:Action>`
}

function known (security) {
  const token = security?.UsernameToken
  if (token === undefined || token.Username !== 'CHANNEL' || token.Password === undefined) return false
  const said = textOf(token.Password)
  if (token.Password.attributes?.Type !== kDigest) return said === kPassword
  return said === passwordDigest(textOf(token.Nonce), textOf(token.Created), kPassword)
}

const server = createServer((request, response) => {
  response.writeHead(request.url === '/__stored' ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(books.counts()))
})

async function serve (path, file, version, operations, secured = false) {
  const xml = readFileSync(file, 'utf8')
  const implemented = Object.fromEntries(Object.entries(operations).map(([name, work]) => [name, operation(work, version)]))
  const ports = new Proxy({}, { get: () => implemented })  // the library picks a port by its own rules; all do the same
  const options = {
    path,
    services: new Proxy({}, { get: () => ports }),
    xml,
    uri: file,
    forceSoap12Headers: version === 1.2,
    handleNilAsNull: true,
    preserveWhitespace: true,
    // Its own are JavaScript's numbers and dates: neither a decimal nor a 64-bit number would come back as it came.
    customDeserializer: Object.fromEntries(['decimal', 'long', 'int', 'date', 'dateTime'].map(type => [type, text => text])),
    // Without this, elements whose prefix is "tns" in the WSDL are written without their namespace.
    ignoredNamespaces: { namespaces: [], override: true }
  }
  await new Promise((resolve, reject) => {
    const made = soap.listen(server, { ...options, callback: error => (error ? reject(error) : resolve()) })
    made.addSoapHeader((method, said, headers) => addressed(headers, method))
    if (secured) made.authenticate = known
  })
}

server.listen(0, '127.0.0.1', async () => {
  const sandbox = name => join(wsdls, name)
  for (const [suffix, version] of [['', 1.1], ['12', 1.2]]) {
    await serve(`/funds${suffix}`, sandbox('channel_funds.wsdl'), version, funds)
    await serve(`/secured${suffix}`, sandbox('channel_funds.wsdl'), version, funds, true)
    await serve(`/entries${suffix}`, sandbox('journal_entry.wsdl'), version, entries)
    await serve(`/lookup${suffix}`, sandbox('journal_entry_query.wsdl'), version, lookup)
  }
  await serve('/limits', limits, 1.2, { KeepLimit: said => books.keepLimit(said), ListLimits: said => books.listLimits(said) })
  console.log(`READY http://127.0.0.1:${server.address().port}`)
})
