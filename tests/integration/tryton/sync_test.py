"""The program against a real Tryton: from lead to paid invoice, both ways, with lost answers and a killed run.

    sync_test.py PROGRAM CACHE_FOLDER
"""
import csv
import decimal
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from tryton_server import Gate, PASSWORD, Server, missing

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = CACHE = SERVER = None


def setUpModule():
    global SERVER
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tryton_server_"))
    unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
    SERVER = Server(folder, CACHE)
    unittest.addModuleCleanup(SERVER.stop)


def wire_today():
    today = time.localtime()
    return {"__class__": "date", "year": today.tm_year, "month": today.tm_mon, "day": today.tm_mday}


class World(unittest.TestCase):
    """A vendor's ERP, a dealer's folder, and the program between them."""
    databases = itertools.count(1)
    crosses = None  # of the project's spokes; all of them

    def setUp(self):
        database = f"erp{next(World.databases)}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tryton_sync_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.erp = SERVER.new_database(database)
        self.gate = Gate(SERVER.url)
        self.addCleanup(self.gate.stop)
        self.project = self.folder / "project"
        shutil.copytree(HERE / "mappings", self.project)  # mapping files are found beside the project file
        text = "".join(line for line in (HERE / "channelbridge.yaml").read_text(encoding="utf-8").splitlines(True) if self.takes(line))
        (self.project / "channelbridge.yaml").write_text(text.replace("database: erp", f"database: {database}"), encoding="utf-8")
        (self.project / "dealer" / "from-partner").mkdir(parents=True)
        self.files = 0

    def takes(self, line):
        """A line of the project that is no spoke, or one of what crosses in these tests: each pull of the others takes its time."""
        spoke = re.match(r"  (?:erp|dealer)-(\w+):", line)
        return self.crosses is None or not spoke or spoke[1] in self.crosses

    def command(self, *words):
        return [PROGRAM, "-p", str(self.project / "channelbridge.yaml"), "-o", "json", *words]

    def environment(self):
        return {**os.environ, "TRYTON_URL": self.gate.url, "TRYTON_PASSWORD": PASSWORD}

    def run_program(self, *words, code=0):
        ran = subprocess.run(self.command(*words), env=self.environment(), capture_output=True, text=True, timeout=120)
        if code is not None and ran.returncode != code:
            self.fail(f"exit code {ran.returncode}, not {code}\n" + ran.stdout + ran.stderr + self.letters() * (words[0] == "sync"))
        return ran.stdout

    def letters(self):
        return subprocess.run(self.command("dead-letters", "list"), env=self.environment(), capture_output=True, text=True).stdout

    def sync(self, code=0):
        return json.loads(self.run_program("sync", code=code))

    def written(self, report):
        return {spoke["spoke"]: (spoke["created"], spoke["updated"]) for spoke in report["spokes"] if spoke["created"] or spoke["updated"]}

    def settled(self):
        """The plan is empty, and a second sync writes nothing anywhere."""
        self.assertTrue(json.loads(self.run_program("plan"))["empty"])
        before = self.stamps()
        self.assertEqual(self.written(self.sync()), {})
        self.assertEqual(self.stamps(), before)

    def stamps(self):
        return {name: self.erp.rows(name, [], "create_date", "write_date")
                for name in ("party.party", "party.address", "sale.opportunity", "sale.sale", "sale.line", "account.invoice")}

    def dealer_says(self, name, rows):
        self.files += 1
        columns = list(dict.fromkeys(column for row in rows for column in row))
        place = self.project / "dealer" / "from-partner" / f"{name}-{self.files}.csv"
        with open(place.with_suffix(".tmp"), "w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns)
            writer.writeheader()
            writer.writerows(rows)
        place.with_suffix(".tmp").rename(place)

    def dealer_sees(self, name):
        place = self.project / "dealer" / "to-partner" / f"{name}.csv"
        if not place.exists():
            return []
        with open(place, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def customer(self, name="Rheinwerk 12 GmbH", address=True):
        rows = {"name": name}
        if address:
            germany = self.erp.rows("country.country", [["code", "=", "DE"]], "id")[0]["id"]
            rows["addresses"] = [["create", [{"street": "Kaufingerstraße 3", "city": "München", "postal_code": "80331", "country": germany}]]]
        return self.erp.model("party.party", "create", [rows])[0]

    def order_row(self, po="PO-4711", **more):
        """An order in the dealer's words; what he calls partner and products, the hub has told him."""
        buyer = next(row["id"] for row in self.dealer_sees("partner") if row["name"].startswith("Rheinwerk"))
        products = {row["sku"]: row["id"] for row in self.dealer_sees("product")}
        return {"id": "D-" + po, "po": po, "buyer": buyer, "date": time.strftime("%Y-%m-%d"), "currency": "EUR", "status": "submitted",
                "product_1": products["GW-400"], "qty_1": "2", "unit_1": "EA", "price_1": "810.5000",
                "product_2": products["AN-7"], "qty_2": "10", "unit_2": "EA", "price_2": "45.25", **more}

    def sales(self, po="PO-4711"):
        return self.erp.rows("sale.sale", [["reference", "=", po]], "state", "number", "total_amount", "lines", "description",
                             "invoice_address", "shipment_address", "shipments", "invoices")

    def seen_order(self):
        """What the dealer's one order says of shipment and invoice."""
        row, = self.dealer_sees("order")
        return {name: row[name] for name in ("number", "status", "payment", "total", "invoiced", "paid", "shipment")}

    def seen_quantities(self):
        """What of each line of the dealer's one order was shipped and invoiced."""
        row, = self.dealer_sees("order")
        return [(row["shipped_" + line], row["invoiced_" + line]) for line in "12"]

    def post(self, invoices):
        self.erp.model("account.invoice", "write", invoices, {"invoice_date": wire_today()})
        self.erp.model("account.invoice", "post", invoices)

    def pay(self, invoice):
        """All of it, into the company's cash, by the ERP's own wizard."""
        journal = self.erp.rows("account.journal", [["type", "=", "cash"]], "id")[0]["id"]
        cash = self.erp.rows("account.account", [["name", "=", "Main Cash"]], "id")[0]["id"]
        method, = self.erp.model("account.invoice.payment.method", "create", [{
            "name": "Cash", "company": 1, "journal": journal, "debit_account": cash, "credit_account": cash}])
        self.erp.wizard("account.invoice.pay", "account.invoice", invoice, "choice",
                        {"description": None, "payment_method": method, "date": wire_today()})

    def mark_of(self, order):
        return order["description"]


class Flow(World):
    def test_from_lead_to_invoice(self):
        party = self.customer()
        self.dealer_says("lead", [{"lead_id": "L-1", "topic": "Gateways for two sites", "value": "5000.00", "currency": "EUR",
                                   "source": "partner", "status": "captured"}])
        self.sync()
        # The lead is in the ERP, once, with our mark.
        lead, = self.erp.rows("sale.opportunity", [], "state", "description", "reference", "amount")
        self.assertEqual((lead["state"], lead["description"]), ("lead", "Gateways for two sites"))
        self.assertEqual(decimal.Decimal(lead["amount"]["decimal"]), 5000)
        self.assertEqual(len(lead["reference"]), 36)
        self.settled()

        # A salesman makes an opportunity of it, and a quotation.
        address = self.erp.rows("party.address", [["party", "=", party]], "id")[0]["id"]
        self.erp.model("sale.opportunity", "write", [lead["id"]], {
            "party": party, "address": address, "lines": [["create", [{"product": 1, "quantity": 2.0, "unit": 1}]]]})
        self.erp.model("sale.opportunity", "opportunity", [lead["id"]])
        self.sync()
        seen, = self.dealer_sees("opportunity")
        self.assertEqual((seen["name"], seen["stage"]), ("Gateways for two sites", "qualification"))
        self.assertEqual([row["status"] for row in self.dealer_sees("lead")], ["converted"])
        self.settled()
        self.erp.model("sale.opportunity", "convert", [lead["id"]])
        sale = self.erp.rows("sale.opportunity", [], "sales")[0]["sales"][0]
        self.erp.model("sale.sale", "quote", [sale])
        self.sync()
        quote, = self.dealer_sees("quote")
        self.assertEqual((quote["status"], quote["total"]), ("presented", "1798"))
        self.assertEqual([row["stage"] for row in self.dealer_sees("opportunity")], ["proposal"])

        # The dealer accepts it: the same sale goes on as his order, under the number of the quotation.
        self.dealer_says("quote", [{"id": quote["id"], "status": "accepted"}])
        self.sync()
        self.sync()
        order, = self.erp.rows("sale.sale", [], "state", "number", "shipments", "invoices")
        self.assertEqual((order["id"], order["number"], order["state"]), (sale, quote["number"], "processing"))
        accepted = json.loads(self.run_program("explain", "quote", quote["id"]))
        self.assertEqual(accepted["fields"]["status"]["value"], "accepted")
        self.assertEqual([link["shows"]["status"] for link in accepted["links"] if link["system"] == "erp"], ["ordered"])
        self.assertEqual([row["stage"] for row in self.dealer_sees("opportunity")], ["won"])
        self.assertEqual(self.seen_order(), {"number": quote["number"], "status": "confirmed", "payment": "submitted", "total": "1798",
                                             "invoiced": "0", "paid": "0", "shipment": "planned"})
        self.assertEqual(self.dealer_sees("invoice"), [])
        self.settled()

        # Shipped, invoiced, paid.
        for method in ("assign_force", "pick", "pack", "done"):
            self.erp.model("stock.shipment.out", method, order["shipments"])
        self.sync()
        shipped = {**self.seen_order(), "status": "shipped", "shipment": "shipped"}
        self.assertEqual(self.seen_order(), shipped)
        self.post(order["invoices"])
        self.sync()
        self.assertEqual(self.seen_order(), {**shipped, "invoiced": "1798"})
        invoice, = self.dealer_sees("invoice")
        self.assertEqual((invoice["number"], invoice["status"], invoice["date"], invoice["total"], invoice["buyer"]),
                         ("R1", "issued", time.strftime("%Y-%m-%d"), "1798", quote["buyer"]))
        self.pay(order["invoices"][0])
        self.sync()
        self.assertEqual(self.seen_order(), {**shipped, "status": "completed", "payment": "cleared", "invoiced": "1798", "paid": "1798"})
        self.assertEqual([(row["number"], row["status"]) for row in self.dealer_sees("invoice")], [("R1", "paid")])
        self.settled()

    def test_what_is_shipped_and_invoiced_is_known_of_each_line(self):
        self.customer()
        self.sync()
        self.dealer_says("order", [self.order_row(status="confirmed")])
        self.sync()
        self.sync()
        order, = self.sales()
        shipment = order["shipments"]
        for method in ("assign_force", "pick"):
            self.erp.model("stock.shipment.out", method, shipment)
        # Of the second line four leave now; for the rest the ERP makes a shipment of its own.
        line, = self.erp.rows("sale.line", [["sale", "=", order["id"]], ["sequence", "=", 2]], "moves")
        self.erp.model("stock.move", "write", line["moves"], {"quantity": 4.0})
        for method in ("pack", "done"):
            self.erp.model("stock.shipment.out", method, shipment)
        self.sync()
        self.assertEqual(self.seen_quantities(), [("2", "0"), ("4", "0")])
        self.post(order["invoices"])
        self.sync()
        self.assertEqual(self.seen_quantities(), [("2", "2"), ("4", "10")])
        self.assertEqual(json.loads(self.run_program("conflicts", "list")), [])
        self.settled()

    def test_a_dealers_opportunity_and_quotation_become_the_erps_sale(self):
        party = self.customer()
        self.sync()
        buyer = next(row["id"] for row in self.dealer_sees("partner") if row["name"].startswith("Rheinwerk"))
        gateway = next(row["id"] for row in self.dealer_sees("product") if row["sku"] == "GW-400")
        self.dealer_says("opportunity", [{"id": "O-1", "name": "Masts in the north", "customer": buyer, "stage": "qualification",
                                          "amount": "3242.00", "currency": "EUR"}])
        offer = {"id": "Q-1", "buyer": buyer, "currency": "EUR", "status": "draft", "product_1": gateway, "qty_1": "4", "unit_1": "EA", "price_1": "810.5000"}
        self.dealer_says("quote", [offer])
        self.sync()
        made, = self.erp.rows("sale.opportunity", [], "state", "description", "party", "amount", "number")
        self.assertEqual((made["state"], made["description"], made["party"]), ("opportunity", "Masts in the north", party))
        self.assertEqual(decimal.Decimal(made["amount"]["decimal"]), 3242)
        sale, = self.erp.rows("sale.sale", [], "state", "total_amount", "party")
        self.assertEqual((sale["state"], decimal.Decimal(sale["total_amount"]["decimal"]), sale["party"]), ("draft", 3242, party))
        self.dealer_says("quote", [{**offer, "status": "presented", "price_1": "800.0000"}])
        self.sync()
        sale, = self.erp.rows("sale.sale", [], "state", "total_amount", "number")
        self.assertEqual((sale["state"], decimal.Decimal(sale["total_amount"]["decimal"])), ("quotation", 3200))
        # Back come the numbers that the ERP gave, and what it adds up.
        self.assertEqual([(row["id"], row["number"], row["stage"]) for row in self.dealer_sees("opportunity")], [("O-1", made["number"], "qualification")])
        self.assertEqual([(row["id"], row["number"], row["status"], row["total"]) for row in self.dealer_sees("quote")],
                         [("Q-1", sale["number"], "presented", "3200")])
        self.settled()
        # A salesman gives another piece for that price, and takes the order by telephone.
        self.erp.model("sale.sale", "draft", [sale["id"]])
        line = self.erp.rows("sale.line", [], "id")[0]["id"]
        self.erp.model("sale.line", "write", [line], {"quantity": 5.0, "unit_price": {"__class__": "Decimal", "decimal": "640.0000"}})
        self.erp.model("sale.sale", "quote", [sale["id"]])
        self.sync()
        self.assertEqual([(row["qty_1"], row["price_1"], row["total"]) for row in self.dealer_sees("quote")], [("5", "640", "3200")])
        self.erp.model("sale.sale", "confirm", [sale["id"]])
        self.erp.model("sale.opportunity", "write", [made["id"]], {"description": "Masts in the north and east"})
        self.sync()
        self.assertEqual([(row["number"], row["status"]) for row in self.dealer_sees("order")], [(sale["number"], "confirmed")])
        self.assertEqual([row["name"] for row in self.dealer_sees("opportunity")], ["Masts in the north and east"])
        self.settled()

    def test_an_erp_change_of_a_partner_and_a_dealers_meet(self):
        party = self.customer()
        self.sync()
        row = self.dealer_sees("partner")
        rheinwerk = next(each for each in row if each["name"] == "Rheinwerk 12 GmbH")
        self.assertEqual(rheinwerk["city"], "München")
        self.dealer_says("partner", [{"id": rheinwerk["id"], "city": "Augsburg"}])
        self.erp.model("party.party", "write", [party], {"name": "Rheinwerk 13 GmbH"})
        self.sync()
        self.assertEqual(self.erp.rows("party.address", [["party", "=", party]], "city")[0]["city"], "Augsburg")
        self.assertIn("Rheinwerk 13 GmbH", [each["name"] for each in self.dealer_sees("partner")])
        self.settled()
        # A party of the dealer's own: created with our mark as an identifier, in one transaction.
        self.dealer_says("partner", [{"id": "P-9", "name": "Södermalm Nät AB", "street": "Götgatan 1", "city": "Stockholm", "country": "SE",
                                      "email": "info@sodermalm.example"}])
        self.sync()
        made, = self.erp.rows("party.party", [["name", "=", "Södermalm Nät AB"]], "identifiers.code", "identifiers.type", "addresses.city", "email")
        self.assertEqual([identifier["type"] for identifier in made["identifiers."]], [None])
        self.assertEqual((made["addresses."][0]["city"], made["email"]), ("Stockholm", "info@sodermalm.example"))
        self.settled()


class Edits(World):
    crosses = ("partners", "products", "quotes", "orders")

    def test_what_is_edited_between_our_write_and_our_look_is_an_edit(self):
        party = self.customer()
        self.sync()
        address = self.erp.rows("party.address", [["party", "=", party]], "id")[0]["id"]
        rheinwerk = next(each for each in self.dealer_sees("partner") if each["name"].startswith("Rheinwerk"))
        self.dealer_says("partner", [{"id": rheinwerk["id"], "city": "Augsburg"}])
        self.gate.meanwhile["model.party.party.write"] = lambda: self.erp.model("party.address", "write", [address], {"city": "Ingolstadt"})
        self.sync(code=None)
        self.assertFalse(self.gate.meanwhile)
        self.sync()
        self.assertEqual(self.erp.rows("party.address", [["id", "=", address]], "city")[0]["city"], "Ingolstadt")
        seen = next(each for each in self.dealer_sees("partner") if each["id"] == rheinwerk["id"])
        self.assertEqual(seen["city"], "Ingolstadt")
        self.assertEqual(json.loads(self.run_program("conflicts", "list")), [])
        self.settled()

    def test_rows_that_are_edited_in_their_own_lists_are_seen(self):
        party = self.customer()
        self.sync()
        self.dealer_says("order", [self.order_row(status="confirmed")])
        self.sync()
        order, = self.sales()
        self.settled()
        time.sleep(3.2)  # a pull reads this far behind its last one
        self.sync()
        before = self.stamps()["party.party"]
        address = self.erp.rows("party.address", [["party", "=", party]], "id")[0]["id"]
        self.erp.model("party.address", "write", [address], {"city": "Passau"})
        self.erp.model("party.contact_mechanism", "create", [{"party": party, "type": "email", "value": "post@rheinwerk.example"}])
        for method in ("assign_force", "pick"):
            self.erp.model("stock.shipment.out", method, order["shipments"])
        self.assertEqual(self.stamps()["party.party"], before, "the party itself has not moved")
        self.sync()
        seen = next(each for each in self.dealer_sees("partner") if each["name"].startswith("Rheinwerk"))
        self.assertEqual((seen["city"], seen["email"]), ("Passau", "post@rheinwerk.example"))
        self.assertIn("picked", self.run_program("explain", "order", self.mark_of(order)))
        self.settled()

    def test_a_confirmed_sale_that_is_cancelled_is_a_cancelled_order(self):
        self.customer()
        self.sync()
        self.dealer_says("order", [self.order_row()])
        self.sync()
        order, = self.sales()
        self.erp.model("sale.sale", "quote", [order["id"]])
        # As a sale stands that is confirmed and waits for its processing, which this server does at once.
        self.erp.model("sale.sale", "write", [order["id"]], {"state": "confirmed"})
        self.sync()
        self.assertEqual([row["status"] for row in self.dealer_sees("order")], ["confirmed"])
        self.erp.model("sale.sale", "draft", [order["id"]])
        self.erp.model("sale.sale", "cancel", [order["id"]])
        self.sync()
        self.assertEqual([row["status"] for row in self.dealer_sees("order")], ["cancelled"])
        self.assertEqual(json.loads(self.run_program("conflicts", "list")), [])
        self.settled()

    def while_we_write(self, happens):
        """The dealer gives a day and confirms; `happens` between the write of the day and the steps of the state. Returns the calls
        from that write on."""
        self.customer()
        self.sync()
        self.dealer_says("order", [self.order_row()])
        self.sync()
        order, = self.sales()
        self.dealer_says("order", [self.order_row(status="confirmed", date="2026-01-15")])

        def act():
            time.sleep(1.1)  # SQLite's _timestamp counts seconds
            happens(order["id"])

        self.gate.meanwhile["model.sale.sale.write"] = act
        self.gate.calls.clear()
        self.sync(code=None)
        self.assertFalse(self.gate.meanwhile)
        return self.gate.calls[self.gate.calls.index("model.sale.sale.write"):]

    def test_a_step_is_taken_from_what_somebody_has_made_of_it_since_our_write(self):
        calls = self.while_we_write(lambda sale: self.erp.model("sale.sale", "write", [sale], {"comment": "call before delivery"}))
        # The look behind the write stops the way; the hub looks, plans again, and the step begins with a look of its own.
        before_the_step = calls[1:calls.index("model.sale.sale.quote")]
        self.assertGreaterEqual(before_the_step.count("model.sale.sale.search_read"), 3, calls)
        self.assertEqual(calls.count("model.sale.sale.write"), 1)
        self.sync()
        order, = self.sales()
        self.assertEqual(order["state"], "processing")
        shown = self.erp.rows("sale.sale", [["id", "=", order["id"]]], "comment", "sale_date")[0]
        self.assertEqual((shown["comment"], shown["sale_date"]["day"]), ("call before delivery", 15))
        self.assertEqual(json.loads(self.run_program("conflicts", "list")), [])
        self.settled()

    def test_what_somebody_cancels_between_our_write_and_its_step_stays_cancelled(self):
        calls = self.while_we_write(lambda sale: self.erp.model("sale.sale", "cancel", [sale]))
        self.assertNotIn("model.sale.sale.quote", calls)
        self.assertNotIn("model.sale.sale.draft", calls)
        self.sync()  # the dealer has confirmed what the vendor has cancelled: an order that is confirmed can still be cancelled, and not the other way round
        self.assertEqual([order["state"] for order in self.sales()], ["cancelled"])
        self.assertEqual([row["status"] for row in self.dealer_sees("order")], ["cancelled"])
        self.assertEqual(json.loads(self.run_program("conflicts", "list")), [])
        self.settled()


class Trouble(World):
    crosses = ("partners", "products", "quotes", "orders")

    def test_lost_answers_make_no_second_order(self):
        self.customer()
        self.sync()
        self.dealer_says("order", [self.order_row(status="confirmed")])
        for method in ("model.sale.sale.create", "model.sale.sale.quote", "model.sale.sale.confirm"):
            self.gate.lose.add(method)
        for _ in range(4):
            self.sync(code=None)
            time.sleep(1.1)  # `settle`
        self.assertFalse(self.gate.lose, "every answer has been lost once")
        order, = self.sales()
        self.assertEqual(order["state"], "processing")
        self.assertEqual(len(order["lines"]), 2)
        self.assertEqual(self.gate.calls.count("model.sale.sale.create"), 1)
        self.assertEqual(self.gate.calls.count("model.sale.sale.quote"), 1)
        self.assertEqual(self.gate.calls.count("model.sale.sale.confirm"), 1)
        self.settled()

    def test_a_killed_run_is_finished_by_the_next(self):
        self.customer()
        self.sync()
        self.dealer_says("order", [self.order_row(status="confirmed")])
        each_once = ("model.sale.sale.create", "model.sale.sale.quote", "model.sale.sale.confirm")
        for method in each_once:
            self.gate.lose.add(method)
            self.gate.held.clear()
            run = subprocess.Popen(self.command("sync"), env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertTrue(self.gate.held.wait(60), method)
            run.send_signal(signal.SIGKILL)
            run.wait()
            time.sleep(1.1)
        self.sync(code=None)
        time.sleep(1.1)
        self.sync()
        order, = self.sales()
        self.assertEqual((order["state"], len(order["lines"])), ("processing", 2))
        self.assertEqual([self.gate.calls.count(method) for method in each_once], [1, 1, 1])
        self.assertEqual(json.loads(self.run_program("conflicts", "list")), [])
        self.settled()

    def test_a_run_that_is_killed_between_fields_and_step_is_finished_by_the_next(self):
        self.customer()
        self.sync()
        self.dealer_says("order", [self.order_row()])
        self.sync()
        order, = self.sales()
        self.assertEqual(order["state"], "draft")
        self.dealer_says("order", [self.order_row(status="confirmed", date="2026-01-15")])
        self.gate.lose.add("model.sale.sale.write")
        self.gate.held.clear()
        run = subprocess.Popen(self.command("sync"), env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertTrue(self.gate.held.wait(60))
        run.send_signal(signal.SIGKILL)
        run.wait()
        time.sleep(1.1)  # `settle`
        self.sync(code=None)
        self.sync()
        order, = self.sales()
        self.assertEqual((order["state"], len(order["lines"])), ("processing", 2))
        self.assertEqual(self.erp.rows("sale.sale", [["id", "=", order["id"]]], "sale_date")[0]["sale_date"]["day"], 15)
        self.assertEqual(json.loads(self.run_program("conflicts", "list")), [])
        self.settled()

    def test_a_refused_step_leaves_one_order_that_is_finished_later(self):
        party = self.customer(address=False)
        self.sync()
        self.dealer_says("order", [self.order_row(status="confirmed")])
        self.sync(code=1)
        order, = self.sales()
        self.assertEqual(order["state"], "draft")
        self.assertIn("address", self.letters())
        self.sync(code=None)
        self.assertEqual(len(self.sales()), 1)
        # Somebody adds the address, and the letter is tried again.
        germany = self.erp.rows("country.country", [["code", "=", "DE"]], "id")[0]["id"]
        self.erp.model("party.address", "create", [{"party": party, "street": "Marienplatz 1", "city": "München", "country": germany}])
        address = self.erp.rows("party.address", [["party", "=", party]], "id")[0]["id"]
        self.erp.model("sale.sale", "write", [order["id"]], {"invoice_address": address, "shipment_address": address})
        for letter in json.loads(self.letters()):
            self.run_program("dead-letters", "replay", letter["id"])
        self.sync(code=None)
        order, = self.sales()
        self.assertEqual(order["state"], "processing")
        self.assertEqual(json.loads(self.letters()), [])
        self.settled()


if __name__ == "__main__":
    PROGRAM, CACHE = sys.argv[1], pathlib.Path(sys.argv[2])
    CACHE.mkdir(parents=True, exist_ok=True)
    reason = missing()
    if reason:
        print("NOT TESTED: " + reason)
        sys.exit(0)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
