// What the real service does and its metadata does not say: number ranges, and one time of change for the whole partner.
const cds = require('@sap/cds')

let numbers = 1000000
const next = () => String(++numbers)

const stamp = user => {
  const now = new Date().toISOString()
  return { LastChangeDate: now.slice(0, 10), LastChangeTime: now.slice(11, 19), LastChangedByUser: user.id.toUpperCase(), ETag: `${now.slice(0, 16)}/${++numbers}` }
}

const numberAddress = address => {
  address.AddressID ??= next()
  for (const list of ['to_PhoneNumber', 'to_MobilePhoneNumber', 'to_EmailAddress']) address[list]?.forEach(line => numberLine(Object.assign(line, { AddressID: address.AddressID })))
}
const numberLine = line => {
  line.Person ??= ''
  line.OrdinalNumber ??= next().slice(-3)
}

module.exports = srv => {
  const { A_BusinessPartner: Partner, A_BusinessPartnerAddress: Address, A_BuPaIdentification, A_BusinessPartnerRole,
          A_BusinessPartnerTaxNumber, A_AddressPhoneNumber, A_AddressEmailAddress } = srv.entities

  srv.before('CREATE', Partner, ({ data, user }) => {
    data.BusinessPartner ??= next()
    data.to_BusinessPartnerAddress?.forEach(numberAddress)
    const changed = stamp(user)
    Object.assign(data, changed, { CreationDate: changed.LastChangeDate, CreationTime: changed.LastChangeTime, CreatedByUser: changed.LastChangedByUser })
  })
  srv.before('CREATE', Address, ({ data }) => numberAddress(data))
  srv.before('CREATE', [A_AddressPhoneNumber, A_AddressEmailAddress], ({ data }) => numberLine(data))
  srv.before('UPDATE', Partner, ({ data, user }) => { Object.assign(data, stamp(user)) })

  const touch = (key, user) => key && UPDATE(Partner).set(stamp(user)).where({ BusinessPartner: key })
  srv.after(['CREATE', 'UPDATE', 'DELETE'], [Address, A_BuPaIdentification, A_BusinessPartnerRole, A_BusinessPartnerTaxNumber],
    (_, { data, params, user }) => touch(data.BusinessPartner ?? params.at(-1)?.BusinessPartner, user))
  srv.after(['CREATE', 'UPDATE', 'DELETE'], [A_AddressPhoneNumber, A_AddressEmailAddress], async (_, { data, params, user }) => {
    const line = await SELECT.one.from(Address, 'BusinessPartner').where({ AddressID: data.AddressID ?? params.at(-1)?.AddressID })
    await touch(line?.BusinessPartner, user)
  })
}
