"""Runs every operation of the SOAP sandboxes with zeep, from the WSDLs that the servers publish."""
import datetime
import decimal
import os
import pathlib
import re
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
WSDLS = pathlib.Path(__file__).resolve().parents[3] / "samples/sandbox/soap/wsdl"
problems = []
# Operations by the name of their binding: SOAP 1.1 and 1.2 count by themselves.
published, answered = set(), set()


def expect(what, found, wanted):
    if found != wanted:
        problems.append(f"{what}: {found!r}, not {wanted!r}")


def amount(text, currency=EUR):
    return {"_value_1": decimal.Decimal(text), "currencyCode": currency}


def value(element):
    return element["_value_1"]


class Answered(Plugin):
    """Which operations were answered with something else than a fault."""

    def ingress(self, envelope, http_headers, operation):
        if envelope.find(".//{*}Fault") is None:
            answered.add((operation.binding.name.text, operation.name))
        return envelope, http_headers


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
    of = zeep.Client(url, transport=zeep.transports.Transport(session=session), plugins=[*plugins, Answered()])
    for binding in of.wsdl.bindings.values():
        published.update((binding.name.text, operation) for operation in binding.all())
    return of


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
                            "AmountInTransactionCurrency": amount(credit), "DebitCreditCode": "H", "AssignmentReference": reference,
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
    for soap12 in (False, True):
        to = port(of, soap12)
        answer = to.JournalEntryByReferenceQuery(CompanyCode="1010", DocumentReferenceID="ZEEP-GOOD", AccountingDocument="0100000000")
        found = answer.JournalEntry[0]
        expect("cleared", found.IsCleared, True)
        expect("bank", found.Item[1].Clearing.BankReference, "BANK-1")
        expect("amount", value(found.Item[1].Amount), decimal.Decimal("-500.00"))
        seen, token = [], None
        while True:
            page = to.JournalEntryByReferenceQuery(CompanyCode="1010", PageSize=1, PageToken=token)
            seen += [each.AccountingDocument for each in page.JournalEntry]
            token = page.NextPageToken
            if not token:
                break
        expect("pages", len(seen), len(set(seen)))
        totals = to.PostingTotalsQuery(CompanyCode="1010", AssignmentReference="ZEEP-GOOD").PostingTotal
        expect("totals", [(each.Currency, value(each.Posted), value(each.Paid)) for each in totals],
               [(EUR, decimal.Decimal("1000.00"), decimal.Decimal("1000.00"))])
        try:
            to.PostingTotalsQuery(CompanyCode="1010", PageToken="nonsense")
            problems.append("a page token of nobody's was taken")
        except zeep.exceptions.Fault as fault:
            expect("fault", fault.code, "env:Sender" if soap12 else "soap-env:Client")


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
        initiatives(port(of, soap12), "12" if soap12 else "11")


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


def initiative(reference, description="Harbour days"):
    return {"ExternalReference": reference, "TemplateNumber": "TRADE_SHOW", "Partner": "0010100001", "Description": description,
            "ActivityFrom": day(3, 1), "ActivityTo": day(3, 5), "Location": "Kiel",
            "Element": [{"ElementType": "BOOTH", "PlannedCost": amount("900.00")},
                        {"ElementType": "TRAVEL", "PlannedCost": amount("150.50")}]}


def initiatives(to, mark):
    program = to.ProgramQuery(Selection={"Number": "0000000300"}).Program[0]
    expect("program", (program.EnrollmentRequired, [each.Partner for each in program.Participant]), (True, ["0010100001", "0010100002"]))
    late = dict(initiative("I0-" + mark), ActivityTo=datetime.date(YEAR + 1, 1, 2))
    expect("after the program", messages(to.InitiativeSubmit(**late)), ["E007"])
    made = to.InitiativeSubmit(**initiative("I-" + mark))
    expect("initiative", messages(made), ["S000"])
    expect("its program", (made.Initiative.ProgramNumber, made.Initiative.InitiativeType), ("0000000300", "EVNT"))
    number = made.Initiative.InitiativeNumber
    again = to.InitiativeSubmit(InitiativeNumber=number, ChangeNumber=1, **initiative("I-" + mark, "Harbour days, larger"))
    expect("planned otherwise", (messages(again), again.Initiative.ChangeNumber), (["S000"], 2))
    expect("stale", messages(to.InitiativeDecide(InitiativeNumber=number, ChangeNumber=1, Decision="APPR", DecidedBy="ZEEP")), ["E003"])
    decided = to.InitiativeDecide(InitiativeNumber=number, ChangeNumber=2, Decision="APPR", DecidedBy="ZEEP")
    expect("approved", decided.Initiative.UserStatus, "E0004")
    asked = {"FundNumber": "0000000201", "Partner": "0010100001", "Description": "Booth", "RequestedAmount": amount("300.00")}
    reserved = to.ReservationSubmit(ExternalReference="RI-" + mark, Initiative=[{"InitiativeNumber": number}], **asked)
    expect("reserved for it", (messages(reserved), [each.InitiativeNumber for each in reserved.Reservation.Initiative],
                               reserved.Reservation.ActivityFrom, reserved.Reservation.ActivityTo),
           (["S000"], [number], day(3, 1), day(3, 5)))
    unknown = to.ReservationSubmit(ExternalReference="RU-" + mark, Initiative=[{"InitiativeNumber": "0000099999"}], **asked)
    expect("reserved for none", messages(unknown), ["E001"])
    for change, step, status in ((3, "RUNN", "E0013"), (4, "COMP", "E0014")):
        to.InitiativeProgress(InitiativeNumber=number, ChangeNumber=change, Step=step, ReportedBy="ZEEP")
        expect(step, to.InitiativeQuery(Selection={"Number": number}).Initiative[0].UserStatus, status)
    news = {"InitiativeNumber": number, "ChangeNumber": 5, "Step": "REPT", "ReportedBy": "ZEEP"}
    expect("no results", messages(to.InitiativeProgress(**news)), ["E026"])
    to.InitiativeProgress(Expense=[{"ElementType": "BOOTH", "ActualCost": amount("875.25")}],
                          Result={"Leads": 12, "Revenue": amount("4000.00"), "Attendees": 80}, **news)
    shown = to.InitiativeQuery(Selection={"ExternalReference": "I-" + mark}).Initiative
    expect("reported", [(each.UserStatus, each.Description, each.Result.Leads, value(each.Expense[0].ActualCost)) for each in shown],
           [("E0015", "Harbour days, larger", 12, decimal.Decimal("875.25"))])
    expect("elements", [(each.ElementNumber, each.ElementType, value(each.PlannedCost)) for each in shown[0].Element],
           [("10", "BOOTH", decimal.Decimal("900.00")), ("20", "TRAVEL", decimal.Decimal("150.50"))])


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
    for soap12 in (False, True):
        leads(port(of, soap12), "12" if soap12 else "11")


def leads(to, mark):
    made = to.LeadCreate(TransactionType="LEAD", ExternalReference="ZL-" + mark, Description="Three dock pumps",
                         ProspectName="Werft Kiel", ExpectedRevenue=amount("7500.00"), CreatedBy="ZEEP")
    expect("created", (messages(made), made.Lead.UserStatus, made.Lead.ChangeNumber), (["S000"], "OPEN", 1))
    number = made.Lead.LeadNumber
    offer = {"LeadNumber": number, "UserStatus": "DIST", "DistributedBy": "ZEEP"}
    expect("not qualified", messages(to.LeadDistribute(SalesPartner="0010100001", **offer)), ["E040"])
    expect("stale", messages(to.LeadChange(LeadNumber=number, ChangeNumber=9, City="Kiel", ChangedBy="ZEEP")), ["E003"])
    changed = to.LeadChange(LeadNumber=number, ChangeNumber=1, QualificationLevel="03", ChangedBy="ZEEP")
    expect("qualified", (messages(changed), changed.Lead.ProspectName), (["S000"], "Werft Kiel"))
    expect("due before now", messages(to.LeadDistribute(SalesPartner="0010100001", AnswerDue=NOW, **offer)), ["E015"])
    first = to.LeadDistribute(SalesPartner="0010100001", ChangeNumber=2, ExternalReference="ZO1-" + mark, **offer)
    expect("offered", (messages(first), first.LeadOffer.OfferNumber, first.Lead.UserStatus), (["S000"], 1, "DIST"))
    answer = {"LeadNumber": number, "ChangeNumber": 3, "Answer": "SPRE", "AnsweredBy": "ZEEP"}
    expect("without a reason", messages(to.LeadDispatchAnswer(**answer)), ["E016"])
    expect("rejected", to.LeadDispatchAnswer(Reason="Too far", **answer).LeadOffer.UserStatus, "SPRE")
    to.LeadDistribute(SalesPartner="0010100002", ExternalReference="ZO2-" + mark, **offer)
    offers = to.LeadOfferQuery(Selection={"Number": number}).LeadOffer
    expect("offers", sorted((each.OfferNumber, each.SalesPartner, each.UserStatus, each.Reason or "") for each in offers),
           [(1, "0010100001", "SPRE", "Too far"), (2, "0010100002", "DIST", "")])
    shown = to.LeadQuery(Selection={"ExternalReference": "ZL-" + mark}).Lead
    expect("with the second", [(each.LeadNumber, each.SalesPartner) for each in shown], [(number, "0010100002")])


def save(function, items, wanted):
    """What `items` makes for a mark, in both versions of SOAP; `wanted` of the rows of the answer."""
    name = "crmxif_" + function + "_save"
    of = client(f"{CRM}/sap/bc/srt/rfc/sap/{name}/100/{name}/binding?wsdl")
    for soap12 in (False, True):
        saved = port(of, soap12)[name.upper()](DATA={"item": items("12" if soap12 else "11")})
        # zeep unwraps an answer of one element.
        rows = saved.item if hasattr(saved, "item") else saved
        expect(function, [row.TYPE + row.NUMBER for row in rows], wanted)


def head(task, id_, **more):
    return dict({"OBJECT_TASK": task, "EXTERNAL_ID": id_}, **more)


def partner_save():
    save("partner", lambda mark: [
        {"HEADER": head("I", "Z-" + mark), "CENTRAL": {"NAME_ORG1": "Sturm"}, "ADDRESS": {"CITY": "Kiel"}},
        {"HEADER": head("U", "Z-" + mark), "CENTRAL": {"NAME_ORG1": "Orkan"}, "CENTRALX": {"NAME_ORG1": "X"}},
        {"HEADER": head("I", "ZP-" + mark), "CENTRAL": {"CATEGORY": "1"}, "PERSON": {"FIRSTNAME": "Ida", "LASTNAME": "Brandt"}},
        {"HEADER": head("D", "Z-9")}], ["S000", "S000", "S000", "E002"])


def partner_rel_save():
    def contact(task, mark, person):
        return {"HEADER": head(task, "ZR-" + mark, CATEGORY="BUR001", PARTNER1="0010100001", PARTNER2_EXTERNAL_ID=person),
                "CONTACT": {"FUNCTION_TEXT": "Buyer", "E_MAIL": "ida.brandt@sturm.example"}}
    save("partner_rel", lambda mark: [
        contact("I", mark, "ZP-" + mark),
        {"HEADER": head("U", "ZR-" + mark), "CONTACT": {"TELEPHONE": "+49 431 1"}, "CONTACTX": {"TELEPHONE": "X"}},
        contact("I", "9", "ZP-9")], ["S000", "S000", "E006"])


def partner_hier_save():
    def place(task, partner, above=None):
        return {"HEADER": {"OBJECT_TASK": task, "HIERARCHY": "CHANNEL", "PARTNER": partner},
                "NODE": {"PARENT": above}, "NODEX": {"PARENT": "X"}}
    save("partner_hier", lambda mark: [
        place("M", "0010100001"), place("M", "0010100002", "0010100001"),
        place("U", "0010100001", "0010100002")], ["S000", "S000", "E008"])


def product_material_save():
    def product(task, id_, unit="PC"):
        return {"HEADER": {"OBJECT_TASK": task, "PRODUCT_ID": id_},
                "MATERIAL": {"CATEGORY": "MAT_CHANNEL", "BASE_UOM": unit, "NET_WEIGHT": decimal.Decimal("1.25"), "WEIGHT_UOM": "KG"},
                "SHORT_TEXTS": {"item": [{"LANGUAGE": "EN", "DATA": {"TEXT": "Sprinkler"}}]}}
    save("product_material", lambda mark: [
        product("I", "SPRINKLER-" + mark),
        {"HEADER": {"OBJECT_TASK": "U", "PRODUCT_ID": "SPRINKLER-" + mark}, "MATERIAL": {"STATUS": "RELE"}, "MATERIALX": {"STATUS": "X"}},
        product("I", "SPRINKLER-9", "YD")], ["S000", "S000", "E004"])


def order_save():
    def order(task, id_, product):
        return {"HEADER": head(task, id_, OBJECT_TYPE="BUS2000115", PROCESS_TYPE="TA"), "ADMIN": {"DESCRIPTION": "Sprinklers"},
                "SALES": {"PO_NUMBER_SOLD": "PO-7", "CURRENCY": EUR},
                "PARTNERS": {"item": [{"PARTNER_FCT": "00000001", "DATA": {"PARTNER_NO": "0010100001"}}]},
                "DATES": {"item": [{"APPT_TYPE": "REQDELIVERY", "DATA": {"DATE": day(9, 1)}}]},
                "TEXTS": {"item": [{"TDID": "A001", "LANGUAGE": "EN", "DATA": {"TEXT": "By ship"}}]},
                "ITEMS": {"item": [{"DATA": {"PRODUCT_ID": product, "QUANTITY": decimal.Decimal("2"), "UNIT": "PC",
                                             "NET_PRICE": decimal.Decimal("19.90")}}]}}
    save("order", lambda mark: [
        order("I", "ZD-" + mark, "SPRINKLER-" + mark),
        {"HEADER": head("U", "ZD-" + mark, OBJECT_TYPE="BUS2000115"), "STATUS": {"USER_STATUS": "COMP"}, "STATUSX": {"USER_STATUS": "X"}},
        {"HEADER": head("I", "ZDL-" + mark, OBJECT_TYPE="BUS2000108", PROCESS_TYPE="LEAD"), "PROSPECT": {"COMPANY": "Werft Kiel"}},
        order("I", "ZD-9", "SPRINKLER-9")], ["S000", "S000", "S000", "E011"])


def every_operation():
    """Nothing that the servers publish stays uncalled, also where a WSDL is new."""
    for wsdl in sorted(WSDLS.glob("*.wsdl")):
        path = re.search(r'location="https?://[^/"]+([^"]+)"', wsdl.read_text(encoding="utf-8")).group(1)
        servers = 0
        for server in (FI, CRM):
            try:
                client(server + path + "?wsdl")
                servers += 1
            except requests.exceptions.HTTPError:
                pass
        expect(f"servers that publish {wsdl.name}", servers, 1)
    expect("operations without an answer", sorted(published - answered), [])


for part in (journal_entries, journal_entry_query, functions, channel_funds, lead_dispatch, partner_save, partner_rel_save,
             partner_hier_save, product_material_save, order_save, every_operation):
    part()
print("\n".join(problems) or "all operations")
sys.exit(1 if problems else 0)
