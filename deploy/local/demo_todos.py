"""Thirty to-dos each for the two demo users."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoTodo:
    title: str
    due: int | None = None
    """Days from today."""
    description: str = ""
    notes: str = ""
    completed: bool = False
    trashed: bool = False
    files: tuple[str, ...] = ()


_ALICE = [
    DemoTodo("Send the signed lease back", -9, "Original by post, a scan by e-mail.", "Postage is on the hall table."),
    DemoTodo(
        "Renew passport",
        -4,
        "Takes six weeks; two photos, 35 by 45 mm.",
        "Office opens at 8, no appointment on Thursdays.",
    ),
    DemoTodo("Return library books", -2, "The two on bees and the atlas."),
    DemoTodo(
        "Call the roofer about the offer", 0, "Ask whether the gutter can wait until spring.", files=("offer-roof.pdf",)
    ),
    DemoTodo("Water the tomatoes", 0),
    DemoTodo("Reply to Grandma's letter", 0, notes="She asked about the new flat and whether the piano fits."),
    DemoTodo("Buy things for the rhubarb cake", 1, files=("shopping list.txt",)),
    DemoTodo("Dentist, 10:20", 1, "Bring the bonus booklet."),
    DemoTodo("Pay the electricity bill", 2, "Meter reading was higher than last year: check first."),
    DemoTodo(
        "Plan the raised beds",
        3,
        "Three beds, 1.2 by 2 m, paths wide enough for the barrow.",
        files=("garden-plan.png",),
    ),
    DemoTodo("Book a table for Saturday", 4, "Six people, outside if it is dry."),
    DemoTodo("Prepare slides for the quarterly review", 5, "Ten minutes. Numbers from Jana by Wednesday."),
    DemoTodo("Change to winter tyres", 6, notes="Torque 120 Nm. The jack is in the cellar."),
    DemoTodo("Parents' evening", 9, "Room 2.14, 19:00."),
    DemoTodo("Handover of the old flat", 12, "Meet the landlord at 14:00.", files=("Übergabeprotokoll.txt",)),
    DemoTodo("Order firewood", 18, "Two cubic metres of beech, 33 cm."),
    DemoTodo("Mum's 70th: find a present", 25, notes="Ideas: opera tickets, the photo book, a pear tree."),
    DemoTodo("File the tax return", 47, "Receipts are in the blue folder; crafts and travel are still missing."),
    DemoTodo("Cancel the gym before it renews", 60),
    DemoTodo("Learn to solder"),
    DemoTodo("Read “The Overstory”", notes="Recommended by Bob; the paper edition is on the shelf."),
    DemoTodo("Find out why the attic light flickers", description="Only when the washing machine runs."),
    DemoTodo("Sort the photos of 2019"),
    DemoTodo("Write down Dad's goulash recipe", description="He never measures anything, so watch him once."),
    DemoTodo(
        "Repair the bicycle light",
        -6,
        "Loose contact at the hub.",
        "New plug from the shop on the corner, 3 €.",
        completed=True,
    ),
    DemoTodo(
        "Send out the invitations", -3, "Twenty-two people.", "Two addresses came back, asked again.", completed=True
    ),
    DemoTodo("Vaccination for the cat", -1, "Dr. Pohl, card in the drawer.", "Next one in a year.", completed=True),
    DemoTodo("Set up a standing order for the rent", None, "From the 1st on.", completed=True),
    DemoTodo("Try the new bakery", -5, trashed=True),
    DemoTodo("Sell the old desk", None, "Pick-up only.", "Gave it to the neighbours instead.", trashed=True),
]

_BOB = [
    DemoTodo("Fix the dripping tap in the kitchen", -7, "Washer 3/8 inch.", "Turn the water off in the cellar first."),
    DemoTodo("Invoice for the Lindner project", -3, "41.5 hours plus travel."),
    DemoTodo("Send Alice the ladder back", -1),
    DemoTodo("Stand-up with the Lisbon team", 0, "09:30, they are an hour behind."),
    DemoTodo("Buy cable ties and a 10 mm drill", 0),
    DemoTodo("Pick up the parcel", 0, notes="Code 4471, locker behind the station, until 20:00."),
    DemoTodo("Update the router's firmware", 1, "Save the settings before."),
    DemoTodo("Lunch with Marta", 1, "The Georgian place."),
    DemoTodo("Review the pull request on retries", 2, "Look at what happens when the answer is lost."),
    DemoTodo("Pack for Lisbon", 3, "Adapter, running shoes, the good headphones.", files=("itinerary.pdf",)),
    DemoTodo("Check in for the flight", 4, files=("itinerary.pdf",)),
    DemoTodo(
        "Ask for quotes for the solar panels",
        6,
        "South side, about 30 square metres.",
        "Three firms at least.",
        files=("offer-roof.pdf",),
    ),
    DemoTodo("Choir rehearsal", 7, "Learn the second half of the Fauré."),
    DemoTodo("Service for the car", 10, "Oil, brake fluid, the noise at the front left."),
    DemoTodo("Renew the domain", 14, notes="Auto-renewal is off since the card changed."),
    DemoTodo("Half marathon", 33, "Long runs on Sundays until then."),
    DemoTodo("Swap the smoke detectors' batteries", 41, "Seven of them; the one in the hall needs the ladder."),
    DemoTodo("Talk to the bank about the mortgage", 55, "Fixed rate ends next year."),
    DemoTodo("Plant the hedge", 80, "Hornbeam, three per metre.", "Bare roots are cheaper from November on."),
    DemoTodo("Build a shelf for the records", description="Oak left over from the stairs, 2.4 m."),
    DemoTodo("Back up the old laptop"),
    DemoTodo("Think about a rain barrel", notes="Alice has one, ask what it holds."),
    DemoTodo("Practise Portuguese", description="Ten minutes a day would do."),
    DemoTodo("Give the guitar new strings"),
    DemoTodo("Book the hotel", -8, "Near the river, three nights.", "Confirmed, breakfast included.", completed=True),
    DemoTodo(
        "Insurance: report the broken window",
        -5,
        "Photos taken.",
        "Claim 88-1204; they pay all but 150.",
        completed=True,
    ),
    DemoTodo("Vote", -2, completed=True),
    DemoTodo(
        "Clean the coffee machine", 0, "Descale, new gasket.", "Half a packet of citric acid is enough.", completed=True
    ),
    DemoTodo("Look for a second-hand kayak", None, "Too long for the cellar after all.", trashed=True),
    DemoTodo("Newsletter draft", -10, notes="Jana has taken it over.", trashed=True),
]

DEMO_TODOS = {"alice@example.com": _ALICE, "bob@example.com": _BOB}
