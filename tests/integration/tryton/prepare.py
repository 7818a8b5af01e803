"""Makes a Tryton database for the tests with Tryton's own libraries: modules, a company with accounts and a fiscal year, a warehouse,
two countries, a payment term, a product, the user that the hub works as, and somebody who works there.

    prepare.py CONFIGURATION DATABASE
"""
import datetime
import os
import sys
from decimal import Decimal

MODULES = ["sale", "sale_opportunity", "account_invoice", "account_invoice_stock", "stock", "product", "party"]
USER, CLERK, PASSWORD = "bridge", "clerk", "a bridge of channels"


def make_chart(pool, company):
    ModelData = pool.get("ir.model.data")
    Wizard = pool.get("account.create_chart", type="wizard")
    template = ModelData.get_id("account", "account_template_root_en")
    session, _, _ = Wizard.create()
    wizard = Wizard(session)
    wizard.account.account_template = template
    wizard.account.company = company
    if hasattr(wizard.account, "account_code_digits"):
        wizard.account.account_code_digits = None
    wizard.transition_create_account()
    Account = pool.get("account.account")

    def account(kind):
        return Account.search([("type." + kind, "=", True), ("closed", "=", False)], limit=1)[0]

    wizard.properties.company = company
    wizard.properties.account_receivable = account("receivable")
    wizard.properties.account_payable = account("payable")
    wizard.transition_create_properties()
    return account("revenue"), account("expense")


def make_fiscal_year(pool, company, year):
    Sequence, SequenceType = pool.get("ir.sequence"), pool.get("ir.sequence.type")
    Strict = pool.get("ir.sequence.strict")
    FiscalYear = pool.get("account.fiscalyear")

    def kind(name):
        return SequenceType.search([("name", "=", name)])[0]

    moves, = Sequence.create([{"name": "Moves", "sequence_type": kind("Account Move").id, "company": company.id}])
    invoices, = Strict.create([{"name": "Invoices", "sequence_type": kind("Invoice").id, "company": company.id, "prefix": "R"}])
    made, = FiscalYear.create([{
        "name": str(year), "start_date": datetime.date(year, 1, 1), "end_date": datetime.date(year, 12, 31),
        "company": company.id, "post_move_sequence": moves.id,
        "invoice_sequences": [("create", [{
            "company": company.id, "in_invoice_sequence": invoices.id, "in_credit_note_sequence": invoices.id,
            "out_invoice_sequence": invoices.id, "out_credit_note_sequence": invoices.id}])]}])
    FiscalYear.create_period([made])


def main():
    configuration, database = sys.argv[1:3]
    from trytond.config import config
    config.update_etc(configuration)
    os.environ["TRYTONPASSFILE"] = ""
    from trytond import backend
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    os.makedirs(config.get("database", "path"), exist_ok=True)
    if not os.path.exists(os.path.join(config.get("database", "path"), database + ".sqlite")):
        with Transaction().start(None, 0, autocommit=True) as transaction:
            transaction.database.create(transaction.connection, database)
        backend.Database(database).connect()
        with Transaction().start(database, 0) as transaction:
            transaction.database.init()
    Pool.start()
    pool = Pool(database)
    pool.init(update=["ir", "res"] + MODULES, lang=["en"], activatedeps=True)

    today = datetime.date.today()
    with Transaction().start(database, 1, context={"active_test": False}):
        User = pool.get("res.user")
        Currency, Party, Company = pool.get("currency.currency"), pool.get("party.party"), pool.get("company.company")
        euro, = Currency.create([{"name": "Euro", "symbol": "€", "code": "EUR", "numeric_code": "978", "digits": 2,
                                  "rounding": Decimal("0.01"), "rates": [("create", [{"date": datetime.date(2020, 1, 1), "rate": Decimal(1)}])]}])
        party, = Party.create([{"name": "Nordlicht Systeme"}])
        company, = Company.create([{"party": party.id, "currency": euro.id}])
        User.write([User(1)], {"companies": [("add", [company.id])], "company": company.id})
        Country = pool.get("country.country")
        Country.create([{"name": "Germany", "code": "DE", "code3": "DEU", "code_numeric": "276"},
                        {"name": "Sweden", "code": "SE", "code3": "SWE", "code_numeric": "752"}])
    with Transaction().start(database, 1, context={"company": None, "active_test": False}) as transaction:
        company, = pool.get("company.company").search([])
        with transaction.set_context(company=company.id):
            User = pool.get("res.user")
            Group = pool.get("res.group")
            seller, = Party.create([{"name": "Erika Musterfrau"}])
            employee, = pool.get("company.employee").create([{"party": seller.id, "company": company.id}])
            User.create([{"name": name, "login": login, "password": PASSWORD, "companies": [("add", [company.id])],
                          "company": company.id, "employees": [("add", [employee.id])], "employee": employee.id,
                          "groups": [("add", [group.id for group in Group.search([])])]}
                         for name, login in [("Channel bridge", USER), ("Erika Musterfrau", CLERK)]])
            revenue, expense = make_chart(pool, company)
            make_fiscal_year(pool, company, today.year)
            Term = pool.get("account.invoice.payment_term")
            Term.create([{"name": "30 days", "lines": [("create", [{"type": "remainder", "relativedeltas": [("create", [{"days": 30}])]}])]}])
            Category = pool.get("product.category")
            category, = Category.create([{"name": "Goods", "accounting": True, "account_expense": expense.id, "account_revenue": revenue.id}])
            Uom = pool.get("product.uom")
            unit, = Uom.search([("symbol", "=", "u")])
            Template = pool.get("product.template")
            Template.create([{
                "name": name, "code": code, "type": "goods", "default_uom": unit.id, "sale_uom": unit.id, "salable": True,
                "list_price": price, "account_category": category.id, "products": [("create", [{}])]}
                for name, code, price in [("Gateway 400", "GW-400", Decimal("899.00")), ("Antenna 7", "AN-7", Decimal("49.5000"))]])
            # What is on the shelf: shipments can then be assigned.
            Location, Move, Product = pool.get("stock.location"), pool.get("stock.move"), pool.get("product.product")
            supplier, = Location.search([("code", "=", "SUP")])
            storage, = Location.search([("code", "=", "STO")])
            moves = Move.create([{"product": product.id, "uom": unit.id, "quantity": 1000, "from_location": supplier.id,
                                  "to_location": storage.id, "company": company.id, "unit_price": Decimal("1"), "currency": company.currency.id}
                                 for product in Product.search([])])
            Move.do(moves)


if __name__ == "__main__":
    main()
