// What the servers keep. Amounts are texts of up to four decimals, counted in ten-thousandths; nothing is ever a floating-point number.

const kFund = 'F100'
const kBudget = '9000000000000.0000'
const kClosedUntil = '2023-12-31'

export const tenThousandths = text => {
  const [, sign, whole, part = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text)
  const value = BigInt(whole + part.slice(0, 4).padEnd(4, '0'))
  return sign === '-' ? -value : value
}
const written = value => {
  const digits = (value < 0n ? -value : value).toString().padStart(5, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`
}
const fits = (found, asked) => asked === undefined || found === asked
const amountOf = node => ({ text: node.$value, currency: node.attributes.currencyCode })
const amount = ({ text, currency }) => ({ attributes: { currencyCode: currency }, $value: text })
const list = node => (node === undefined || node === null ? [] : Array.isArray(node) ? node : [node])
const message = (type, id, number, text, field) => ({ Type: type, Id: id, Number: number, Message: text, Field: field })
const refusal = (...said) => ({ Return: { item: [message('E', ...said)] } })

/** Thrown by an operation that stored its effect and whose caller never hears of it. */
export class HangUp extends Error {}
/** Stored, and the answer says nothing of it. */
export class Silent extends Error {}
/** A fault of the caller (a SOAP fault with the version's own words) or of the server. */
export class Refused extends Error {
  constructor (sender, text, user) {
    super(text)
    Object.assign(this, { sender, user })
  }
}

export class Books {
  #clock = Date.UTC(2026, 2, 1, 8)
  #answered = new Map()
  reservations = []
  claims = []
  entries = []
  limits = []

  /** Every stamp is a second later than the one before: the order of a list is known. */
  #now () { return new Date(this.#clock += 1000).toISOString().replace('.000Z', 'Z') }

  #page (rows, { PageSize = 1000, PageToken } = {}) {
    const from = PageToken === undefined ? 0 : Number(PageToken.slice(4))
    const next = from + Number(PageSize)
    return { rows: rows.slice(from, next), token: next < rows.length ? `row ${next}` : undefined }
  }
  #selected (rows, selection) {
    return rows
      .filter(row => fits(row.number, selection.Number) && fits(row.reference, selection.ExternalReference))
      .filter(row => selection.ChangedSince === undefined || Date.parse(row.changedAt) >= Date.parse(selection.ChangedSince))
      .sort((a, b) => a.changedAt.localeCompare(b.changedAt))
  }

  fundQuery () {
    const reserved = this.reservations.reduce((sum, each) => sum + tenThousandths(each.amount.text), 0n)
    const left = written(tenThousandths(kBudget) - reserved)
    const euros = text => amount({ text, currency: 'EUR' })
    return {
      ReadAt: this.#now(),
      Fund: [{
        FundNumber: kFund, PlanNumber: 'P1', Description: 'Funds of partners', FundType: 'ZMDF', ValidFrom: '2026-01-01', ValidTo: '2026-12-31',
        Checkbook: {
          ValueCategory: [{ Category: 'BUDGET', Value: euros(kBudget) }, { Category: 'RESERVED', Value: euros(written(reserved)) }],
          AvailableToDistribute: euros(left), AvailableToReserve: euros(left), AvailableToSpend: euros('0'), RemainingCash: euros(kBudget)
        },
        UserStatus: 'REL', StatusText: 'Released', ChangeNumber: 1, ChangedAt: '2026-01-01T00:00:00Z', ChangedBy: 'PLANNER'
      }]
    }
  }

  #reservation (row) {
    return {
      ReservationNumber: row.number, FundNumber: kFund, Partner: row.partner, Description: row.description, ActivityFrom: row.from,
      ActivityTo: row.to, RequestedAmount: amount(row.amount), ConsumedAmount: amount({ text: '0', currency: row.amount.currency }),
      UserStatus: 'OPEN', StatusText: 'Open', ExternalReference: row.reference, ChangeNumber: row.change, ChangedAt: row.changedAt,
      ChangedBy: 'CHANNEL'
    }
  }
  reservationQuery ({ Selection }) {
    const { rows, token } = this.#page(this.#selected(this.reservations, Selection ?? {}), Selection ?? {})
    return { ReadAt: this.#now(), Reservation: rows.map(row => this.#reservation(row)), NextPageToken: token }
  }
  reservationSubmit (said, messageId) {
    if (messageId !== undefined && this.#answered.has(messageId)) return this.#answered.get(messageId)
    const answer = this.#reserve(said)
    if (messageId !== undefined) this.#answered.set(messageId, answer)
    if (said.Description === 'hang up') throw new HangUp()
    if (said.Description === 'say nothing') throw new Silent()
    return answer
  }
  #reserve (said) {
    if (said.Partner === 'LOCKED') throw new Refused(false, 'Partner LOCKED is locked by user MEIER', 'MEIER')
    if (said.Partner === 'BARRED') throw new Refused(true, 'Partner BARRED asks for no funds', 'ADMIN')
    if (said.Partner === 'BROKEN') throw new Error('short dump')
    if (said.FundNumber !== kFund) return refusal('ZFUND', '012', `Fund ${said.FundNumber} is not known`, 'FundNumber')
    const asked = amountOf(said.RequestedAmount)
    if (said.ReservationNumber === undefined) {
      const row = { number: String(5000000001 + this.reservations.length), reference: said.ExternalReference, change: 0 }
      this.reservations.push(row)
      return this.#change(row, said, asked)
    }
    const row = this.reservations.find(each => each.number === said.ReservationNumber)
    if (row === undefined) return refusal('ZFUND', '031', `Reservation ${said.ReservationNumber} is not there`, 'ReservationNumber')
    if (String(row.change) !== String(said.ChangeNumber)) return refusal('ZFUND', '030', 'It was changed meanwhile', 'ChangeNumber')
    return this.#change(row, said, asked)
  }
  #change (row, said, asked) {
    Object.assign(row, {
      partner: said.Partner, description: said.Description, from: said.ActivityFrom, to: said.ActivityTo, amount: asked, change: row.change + 1,
      changedAt: this.#now()
    })
    return { Reservation: this.#reservation(row), Return: { item: [message('S', 'ZFUND', '001', `Reservation ${row.number} is saved`)] } }
  }

  #claim (row) {
    return {
      ClaimNumber: row.number, ClaimType: row.type, FundNumber: kFund, Partner: row.partner, ActivityFrom: row.from, ActivityTo: row.to,
      SubmittedAmount: amount(row.amount),
      Item: row.items.map(item => ({
        ItemNumber: item.ItemNumber, Description: item.Description, InvoiceNumber: item.InvoiceNumber, InvoiceDate: item.InvoiceDate,
        SupplierName: item.SupplierName, NetAmount: amount(amountOf(item.NetAmount)), SubmittedAmount: amount(amountOf(item.SubmittedAmount))
      })),
      UserStatus: 'SUBM', StatusText: 'Submitted', ExternalReference: row.reference, ChangeNumber: 1, ChangedAt: row.changedAt, ChangedBy: 'CHANNEL'
    }
  }
  claimQuery ({ Selection }) {
    const { rows, token } = this.#page(this.#selected(this.claims, Selection ?? {}), Selection ?? {})
    return { ReadAt: this.#now(), Claim: rows.map(row => this.#claim(row)), NextPageToken: token }
  }
  claimSubmit (said) {
    const items = list(said.Item)
    const asked = amountOf(said.SubmittedAmount)
    const sum = items.reduce((all, item) => all + tenThousandths(amountOf(item.SubmittedAmount).text), 0n)
    if (sum !== tenThousandths(asked.text)) {
      return refusal('ZCLAIM', '005', `The items are ${written(sum)}, the claim is ${asked.text}`, 'SubmittedAmount')
    }
    const invoice = item => `${item.SupplierName}\n${item.InvoiceNumber}`
    const before = this.claims.find(row => row.items.some(old => items.some(item => invoice(item) === invoice(old))))
    if (before !== undefined) return refusal('ZCLAIM', '007', `Claim ${before.number} has this invoice`, 'InvoiceNumber')
    const row = {
      number: String(7000000001 + this.claims.length), reference: said.ExternalReference, type: said.ClaimType, partner: said.Partner,
      from: said.ActivityFrom, to: said.ActivityTo, amount: asked, items, changedAt: this.#now()
    }
    this.claims.push(row)
    return { Claim: this.#claim(row), Return: { item: [message('S', 'ZCLAIM', '001', `Claim ${row.number} is saved`)] } }
  }

  journalEntries (said) {
    const entries = list(said.JournalEntryCreateRequest)
    const header = id => ({ ReferenceID: id, CreationDateTime: this.#now() })
    const answer = {
      MessageHeader: header(said.MessageHeader.ID),
      JournalEntryCreateConfirmation: entries.map(each => ({ MessageHeader: header(each.MessageHeader.ID), ...this.#post(each.JournalEntry) })),
      Log: {}
    }
    if (entries.some(each => each.JournalEntry.DocumentHeaderText === 'hang up')) throw new HangUp()
    return answer
  }
  #post (entry) {
    const items = [...list(entry.Item), ...list(entry.DebtorItem), ...list(entry.CreditorItem)]
    const balance = items.reduce((sum, item) => sum + tenThousandths(amountOf(item.AmountInTransactionCurrency).text), 0n)
    const refused = (code, note, field) => ({
      JournalEntryCreateConfirmation: { AccountingDocument: '', CompanyCode: '', FiscalYear: '0000' },
      Log: {
        MaximumLogItemSeverityCode: '3',
        Item: [{ TypeID: '609(RW)', SeverityCode: '3', Note: 'Error in document' }, { TypeID: code, SeverityCode: '3', ReferenceMessageElementName: field, Note: note }]
      }
    })
    if (balance !== 0n) return refused('702(F5)', `The balance is ${written(balance)}`, 'AmountInTransactionCurrency')
    if (entry.PostingDate <= kClosedUntil) return refused('201(F5)', `Period of ${entry.PostingDate} is not open`, 'PostingDate')
    const row = {
      document: String(100000000 + this.entries.length).padStart(10, '0'), company: entry.CompanyCode, year: entry.PostingDate.slice(0, 4),
      reference: entry.DocumentReferenceID, type: entry.AccountingDocumentType, documentDate: entry.DocumentDate, postingDate: entry.PostingDate,
      text: entry.DocumentHeaderText, at: this.#now(), items
    }
    this.entries.push(row)
    return {
      JournalEntryCreateConfirmation: { AccountingDocument: row.document, CompanyCode: row.company, FiscalYear: row.year },
      Log: { MaximumLogItemSeverityCode: '1', Item: [{ TypeID: '605(RW)', SeverityCode: '1', Note: `Document ${row.document} is posted` }] }
    }
  }
  journalEntryByReference (said) {
    const rows = this.entries
      .filter(row => row.company === said.CompanyCode)
      .filter(row => fits(row.reference, said.DocumentReferenceID) && fits(row.document, said.AccountingDocument))
      .map(row => ({
        CompanyCode: row.company, AccountingDocument: row.document, FiscalYear: row.year, FiscalPeriod: row.postingDate.slice(5, 7),
        OriginalReferenceDocument: row.document + row.company + row.year, AccountingDocumentType: row.type, DocumentReferenceID: row.reference,
        DocumentHeaderText: row.text, DocumentDate: row.documentDate, PostingDate: row.postingDate, CreatedByUser: 'CHANNEL',
        IsCleared: false, EntryStatus: 'posted', CreatedAt: row.at, ChangedAt: row.at,
        Item: row.items.map((item, index) => ({
          ReferenceDocumentItem: String(index + 1), AccountType: item.Debtor === undefined ? 'S' : 'D', Account: item.Debtor ?? item.GLAccount.$value ?? item.GLAccount,
          Amount: amount(amountOf(item.AmountInTransactionCurrency)), DebitCreditCode: item.DebitCreditCode
        }))
      }))
    return { ReadAt: this.#now(), JournalEntry: rows }
  }

  keepLimit ({ Reference, Limit }) {
    const row = { LimitID: `L${this.limits.length + 1}`, Reference, ...Limit }
    this.limits.push(row)
    return { Kept: row }
  }
  listLimits (said) {
    const { LimitID, Reference, Skip = '0', Rows = '1000' } = said ?? {}
    const rows = this.limits.filter(row => fits(row.LimitID, LimitID) && fits(row.Reference, Reference))
    const end = Number(Skip) + Number(Rows)
    return { Kept: rows.slice(Number(Skip), end), More: end < rows.length, Total: rows.length }
  }

  counts () {
    return { reservations: this.reservations.length, claims: this.claims.length, entries: this.entries.length, limits: this.limits.length }
  }
}
