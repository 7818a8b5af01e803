// The published EDMX names no join: its navigation properties come without a referential constraint, so `cds import`
// leaves them empty and marks every entity as somebody else's. This gives each navigation the join that the keys
// imply, makes lists parts of their parent (as the real service does: they can be created with it), and has the server
// keep the rows itself.
import { readFileSync, writeFileSync } from 'node:fs'

const [source, target] = process.argv.slice(2)
const model = JSON.parse(readFileSync(source, 'utf8'))
const keys = entity => Object.entries(entity.elements).filter(([, e]) => e.key).map(([name]) => name)
// Two lists point at their partner under another name.
const renamed = { to_BPRelationship: 'BusinessPartner1', to_BusinessPartnerContact: 'BusinessPartnerCompany' }
// And two share one set: a mobile number is a telephone row of type 3.
const kind = {
  to_MobilePhoneNumber: property => ['and', { ref: [property, 'PhoneNumberType'] }, '=', { val: '3' }],
  to_PhoneNumber: property => ['and', { xpr: [{ ref: [property, 'PhoneNumberType'] }, 'is', 'null', 'or', { ref: [property, 'PhoneNumberType'] }, '<>', { val: '3' }] }]
}
const dropped = []

for (const [name, definition] of Object.entries(model.definitions)) {
  delete definition['@cds.external']
  delete definition['@cds.persistence.skip']
  for (const [property, element] of Object.entries(definition.elements ?? {})) {
    if (!element.target) continue
    const other = model.definitions[element.target]
    const many = element.cardinality?.max === '*'
    const there = key => renamed[property] ?? key
    const shared = (many ? keys(definition) : keys(other)).filter(key => definition.elements[key] && other.elements[there(key)])
    if (shared.length === 0) {
      dropped.push(`${name}.${property}`)
      delete definition.elements[property]
      continue
    }
    delete element.keys
    element.on = shared.flatMap((key, i) => [...(i ? ['and'] : []), { ref: [property, there(key)] }, '=', { ref: [key] }])
    element.on.push(...(kind[property]?.(property) ?? []))
    const part = many && keys(other).length > shared.length && shared.every(key => other.elements[there(key)].key)
    if (part) element.type = 'cds.Composition'
  }
}
writeFileSync(target, JSON.stringify(model))
console.log(`no join: ${dropped.join(', ') || 'none'}`)
