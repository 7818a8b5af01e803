"""Runs every operation of the SOAP sandboxes with zeep, from the WSDLs that the servers publish."""
import datetime
import decimal
import os
import sys
import uuid

import isodate
import requests
import zeep
import zeep.exceptions
import zeep.transports
import zeep.wsse
from zeep.plugins import Plugin
from zeep.wsa import WsAddressingPlugin

FI, CRM = os.environ["FI_URL"], os.environ["CRM_URL"]
EUR = "EUR"
# zeep writes this UTC as Z, as the services want it, and Python's own as +00:00.
NOW = datetime.datetime(2024, 6, 1, 9, 0, tzinfo=isodate.UTC)
YEAR = datetime.date.today().year
problems = []


def expect(what, found, wanted):
    if found != wanted:
        problems.append(f"{what}: {found!r}, not {wanted!r}")


def amount(text, currency=EUR):
    return {"_value_1": decimal.Decimal(text), "currencyCode": currency}


def value(element):
    return element["_value_1"]


class MessageId(Plugin):
    """One id for the next message, as an adapter that repeats a write gives it."""
    fixed = None

    def egress(self, envelope, http_headers, operation, binding_options):
        if self.fixed is not None:
            ids = envelope.findall(".//{http://www.w3.org/2005/08/addressing}MessageID")
            ids[0].text = self.fixed
        return envelope, http_headers


def client(url, plugins=(), password="Welcome1"):
    session = requests.Session()
    session.auth = ("CHANNEL", password)
    return zeep.Client(url, transport=zeep.transports.Transport(session=session), plugins=list(plugins))


def port(of, soap12=False):
    return of.bind(port_name="binding_SOAP12") if soap12 else of.service


def entry(reference, debtor="0010100001", debit="500.00", credit="-500.00"):
    return {
        "MessageHeader": {"ID": "SUB_" + reference, "CreationDateTime": NOW},
        "JournalEntry": {
            "OriginalReferenceDocumentType": "BKPFF", "BusinessTransactionType": "RFBU", "AccountingDocumentType": "DG",
            "DocumentReferenceID": reference, "CreatedByUser": "CHANNEL", "CompanyCode": "1010",
            "DocumentDate": datetime.date(2024, 6, 1), "PostingDate": datetime.date(2024, 6, 1),
            "Item": [{"ReferenceDocumentItem": "1", "GLAccount": {"_value_1": "0044000000"},
                      "AmountInTransactionCurrency": amount(debit), "DebitCreditCode": "S",
                      "AccountAssignment": {"CostCenter": "0010101101"}}],
            "DebtorItem": [{"ReferenceDocumentItem": "2", "Debtor": debtor,
                            "AmountInTransactionCurrency": amount(credit), "DebitCreditCode": "H",
                            "CashDiscountTerms": {"DueCalculationBaseDate": datetime.date(2024, 6, 1),
                                                  "NetPaymentDays": datetime.timedelta(days=30)}}]}}


def journal_entries():
    of = client(FI + "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi?wsdl")
    for soap12 in (False, True):
        answer = port(of, soap12).JournalEntryCreateRequestConfirmation_In(
            MessageHeader={"ID": "MSG", "CreationDateTime": NOW},
            JournalEntryCreateRequest=[entry("ZEEP-GOOD"), entry("ZEEP-BAD", debtor="0099999999")])
        good, bad = answer.JournalEntryCreateConfirmation
        expect("document", good.JournalEntryCreateConfirmation.AccountingDocument, "010000000" + ("1" if soap12 else "0"))
        expect("log", [item.TypeID for item in good.Log.Item], ["605(RW)"])
        expect("no document", bad.JournalEntryCreateConfirmation.AccountingDocument or "", "")
        expect("reasons", [item.TypeID for item in bad.Log.Item], ["609(RW)", "102(F5)"])
    try:
        of.service.JournalEntryCreateRequestConfirmation_In(
            MessageHeader={"ID": "MSG", "CreationDateTime": NOW.replace(tzinfo=None)},
            JournalEntryCreateRequest=[entry("ZEEP-NEVER")])
        problems.append("a time without its zone was taken")
    except zeep.exceptions.Fault as fault:
        expect("fault", fault.code, "soap-env:Server")
    try:
        client(FI + "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi?wsdl", password="wrong")
        problems.append("a wrong password opened the WSDL")
    except requests.exceptions.HTTPError as error:
        expect("logon", error.response.status_code, 401)


def journal_entry_query():
    run = requests.post(FI + "/__sandbox/payments", json={"value_date": "2024-06-30", "bank_reference": "BANK-1"}, timeout=30)
    expect("payments", len(run.json()["paid"]), 2)
    of = client(FI + "/sap/bc/srt/scs_ext/sap/journalentrybyreferencequery?wsdl")
    answer = of.service.JournalEntryByReferenceQuery(CompanyCode="1010", DocumentReferenceID="ZEEP-GOOD", AccountingDocument="0100000000")
    found = answer.JournalEntry[0]
    expect("cleared", found.IsCleared, True)
    expect("bank", found.Item[1].Clearing.BankReference, "BANK-1")
    expect("amount", value(found.Item[1].Amount), decimal.Decimal("-500.00"))
    seen, token = [], None
    while True:
        page = of.service.JournalEntryByReferenceQuery(CompanyCode="1010", PageSize=1, PageToken=token)
        seen += [each.AccountingDocument for each in page.JournalEntry]
        token = page.NextPageToken
        if not token:
            break
    expect("pages", len(seen), len(set(seen)))


def document(customer="0010100001"):
    return {
        "ACCOUNTGL": {"item": [{"ITEMNO_ACC": "1", "GL_ACCOUNT": "0044000000"}]},
        "ACCOUNTRECEIVABLE": {"item": [{"ITEMNO_ACC": "2", "CUSTOMER": customer}]},
        "CURRENCYAMOUNT": {"item": [{"ITEMNO_ACC": "1", "CURRENCY": EUR, "AMT_DOCCUR": decimal.Decimal("75.5")},
                                    {"ITEMNO_ACC": "2", "CURRENCY": EUR, "AMT_DOCCUR": decimal.Decimal("-75.5")}]},
        "DOCUMENTHEADER": {"BUS_ACT": "RFBU", "COMP_CODE": "1010", "DOC_DATE": "2024-06-01", "PSTNG_DATE": "2024-06-01",
                           "DOC_TYPE": "DG", "REF_DOC_NO": "ZEEP-RFC"},
        "RETURN": {"item": []}}


def numbers(table):
    return [row.ID + row.NUMBER for row in table.item]


def documents():
    state = requests.get(FI + "/__sandbox/state", timeout=30).json()
    return [each["number"] for each in state["documents"] if each["reference"] == "ZEEP-RFC"]


def functions():
    names = ["CHECK", "POST", "REV_POST"]
    services = ",".join(["BAPI_ACC_DOCUMENT_" + name for name in names] + ["BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"])
    for url in (FI + "/sap/bc/soap/wsdl?services=" + services,
                FI + "/sap/bc/srt/rfc/sap/bapi_acc_document/100/bapi_acc_document/binding?wsdl"):
        before = len(documents())
        of = client(url).service
        expect("check", [row.TYPE for row in of.BAPI_ACC_DOCUMENT_CHECK(**document()).RETURN.item], ["S"])
        expect("refused", numbers(of.BAPI_ACC_DOCUMENT_POST(**document("0099999999")).RETURN), ["RW609", "F5102"])
        of.BAPI_ACC_DOCUMENT_POST(**document())
        of.BAPI_TRANSACTION_ROLLBACK()
        of.BAPI_TRANSACTION_COMMIT(WAIT="X")
        expect("rolled back", len(documents()), before)
        posted = of.BAPI_ACC_DOCUMENT_POST(**document())
        expect("posted", numbers(posted.RETURN), ["RW605"])
        client(url).service.BAPI_TRANSACTION_COMMIT(WAIT="X")
        expect("committed elsewhere", len(documents()), before)
        of.BAPI_TRANSACTION_COMMIT(WAIT="X")
        expect("committed", len(documents()), before + 1)
        reversal = of.BAPI_ACC_DOCUMENT_REV_POST(
            BUS_ACT="RFBU", RETURN={"item": []},
            REVERSAL={"OBJ_KEY_R": posted.OBJ_KEY, "PSTNG_DATE": "2024-06-02", "COMP_CODE": "1010", "REASON_REV": "01"})
        expect("reversed", numbers(reversal.RETURN), ["RW605"])
        of.BAPI_TRANSACTION_COMMIT(WAIT="X")


def day(month, number):
    return datetime.date(YEAR, month, number)


def reservation(reference):
    return {"ExternalReference": reference, "FundNumber": "0000000201", "Partner": "0010100001", "Description": "Trade fair",
            "ActivityFrom": day(1, 10), "ActivityTo": day(12, 20), "RequestedAmount": amount("400.00"),
            "ReimbursementPercent": decimal.Decimal("50")}


def claim(number, reference, invoice):
    return {"ExternalReference": reference, "ClaimType": "REIM", "ReservationNumber": number, "Partner": "0010100001",
            "ActivityFrom": day(1, 10), "ActivityTo": day(12, 20), "SubmittedAmount": amount("150.00"),
            "Item": [{"ItemNumber": "1", "InvoiceNumber": invoice, "InvoiceDate": day(6, 15), "SupplierName": "Messe Kiel",
                      "NetAmount": amount("300.00"), "SubmittedAmount": amount("150.00")}],
            "Attachment": [{"AttachmentType": "PHOTO", "FileName": "booth.jpg", "ContentHash": "a" * 64, "Size": 1024}]}


def messages(answer):
    return [row.Type + row.Number for row in answer.Return.item]


def channel_funds():
    message_id = MessageId()
    of = client(CRM + "/sap/bc/srt/rfc/sap/zchannel_funds/100/zchannel_funds/binding?wsdl", [WsAddressingPlugin(), message_id])
    for soap12 in (False, True):
        funds(port(of, soap12), message_id, "12" if soap12 else "11")


def funds(to, message_id, mark):
    expect("plan", to.FundPlanQuery(Selection={}).FundPlan[0].PlanNumber, "0000000100")
    fund = to.FundQuery(Selection={"Partner": "0010100001"}).Fund[0]
    expect("categories", len(fund.Checkbook.ValueCategory), 15)
    message_id.fixed = "urn:uuid:" + str(uuid.uuid4())
    first = to.ReservationSubmit(**reservation("R-" + mark))
    second = to.ReservationSubmit(**reservation("R-" + mark))
    message_id.fixed = None
    expect("same number", first.Reservation.ReservationNumber, second.Reservation.ReservationNumber)
    number = first.Reservation.ReservationNumber
    expect("stale", messages(to.ReservationDecide(ReservationNumber=number, ChangeNumber=9, Decision="APPR", DecidedBy="ZEEP")), ["E003"])
    expect("approved", messages(to.ReservationDecide(ReservationNumber=number, ChangeNumber=1, Decision="APPR", DecidedBy="ZEEP")), ["S000"])
    shown = to.ReservationQuery(Selection={"ExternalReference": "R-" + mark}).Reservation
    expect("one reservation", [value(each.ReservedAmount) for each in shown], [decimal.Decimal("400.00")])
    made = to.ClaimSubmit(**claim(number, "C-" + mark, "INV-" + mark))
    expect("claim", messages(made), ["S000"])
    expect("invoice twice", messages(to.ClaimSubmit(**claim(number, "C2-" + mark, "INV-" + mark))), ["E012"])
    id_ = made.Claim.ClaimNumber
    partly = to.ClaimDecide(ClaimNumber=id_, ChangeNumber=1, Decision="APPR", DecidedBy="ZEEP",
                            ItemDecision=[{"ItemNumber": "1", "ApprovedAmount": amount("100.25"), "Reason": "No logo"}])
    expect("partly", value(partly.Claim.ApprovedAmount), decimal.Decimal("100.25"))
    expect("again", messages(to.ClaimDecide(ClaimNumber=id_, ChangeNumber=2, Decision="REJC", Reason="No", DecidedBy="ZEEP")), ["E005"])
    expect("claims", [each.ExternalReference for each in to.ClaimQuery(Selection={"Number": id_}).Claim], ["C-" + mark])
    settled = to.ClaimSettlementConfirm(ClaimNumber=id_, ChangeNumber=2, Step="SETL", SettledAmount=amount("100.25"),
                                        AccountingDocument="0100000000", CompanyCode="1010", FiscalYear=str(YEAR), ConfirmedBy="ZEEP")
    expect("settled", messages(settled), ["S000"])
    paid = to.ClaimSettlementConfirm(ClaimNumber=id_, ChangeNumber=3, Step="PAID", ValueDate=day(12, 30), BankReference="BANK-1",
                                     ConfirmedBy="ZEEP")
    expect("paid", messages(paid), ["S000"])
    status = to.ClaimSettlementStatusQuery(Selection={"Number": id_}).SettlementStatus[0]
    expect("value date", status.ValueDate, day(12, 30))
    postings, token = 0, None
    while True:
        page = to.FundPostingQuery(Selection={"FundNumber": "0000000201", "PageSize": 3, "PageToken": token})
        postings += len(page.FundPosting)
        token = page.NextPageToken
        if not token:
            break
    book = {each.Category: value(each.Value) for each in to.FundQuery(Selection={"Number": "0000000201"}).Fund[0].Checkbook.ValueCategory}
    expect("postings", postings > 10, True)
    expect("settled in the book", book["settled"], decimal.Decimal("100.25") * (2 if mark == "12" else 1))


def lead_dispatch():
    of = client(CRM + "/sap/bc/srt/rfc/sap/zlead_dispatch/100/zlead_dispatch/binding?wsdl")
    lead = of.service.LeadQuery(Selection={"Number": "0000008002"}).Lead[0]
    expect("lead", lead.UserStatus, "DIST")
    accepted = of.service.LeadDispatchAnswer(LeadNumber="0000008002", ChangeNumber=lead.ChangeNumber, Answer="SPAC",
                                             ExternalReference="L-1", AnsweredBy="ZEEP")
    expect("accepted", messages(accepted), ["S000"])
    won = port(of, True).LeadDispatchAnswer(LeadNumber="0000008002", ChangeNumber=accepted.Lead.ChangeNumber, Answer="WONN",
                                            ExpectedRevenue=amount("900.00"), AnsweredBy="ZEEP")
    expect("won", won.Lead.UserStatus, "WONN")


def partner_save():
    of = client(CRM + "/sap/bc/srt/rfc/sap/crmxif_partner_save/100/crmxif_partner_save/binding?wsdl")
    saved = of.service.CRMXIF_PARTNER_SAVE(DATA={"item": [
        {"HEADER": {"OBJECT_TASK": "I", "EXTERNAL_ID": "Z-1"}, "CENTRAL": {"NAME_ORG1": "Sturm"}, "ADDRESS": {"CITY": "Kiel"}},
        {"HEADER": {"OBJECT_TASK": "U", "EXTERNAL_ID": "Z-1"}, "CENTRAL": {"NAME_ORG1": "Orkan"}, "CENTRALX": {"NAME_ORG1": "X"}},
        {"HEADER": {"OBJECT_TASK": "D", "EXTERNAL_ID": "Z-9"}}]})
    # zeep unwraps an answer of one element.
    rows = saved.item if hasattr(saved, "item") else saved
    expect("saved", [row.TYPE for row in rows], ["S", "S", "E"])


for part in (journal_entries, journal_entry_query, functions, channel_funds, lead_dispatch, partner_save):
    part()
print("\n".join(problems) or "all operations")
sys.exit(1 if problems else 0)
