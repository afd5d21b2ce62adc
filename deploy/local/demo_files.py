"""Small real files for the demo data."""

from todoproject.management.samples import pdf, png

_SHOPPING = "Flour, 2 kg\nButter\nEggs, a dozen\nRhubarb, if the market has any\nVanilla\n"
_OFFER = ["Offer 2291", "Roof: replace 46 tiles", "Gutter: clean and seal", "1,940.00 EUR, valid for 30 days"]

# Name: content type and content.
DEMO_FILES: dict[str, tuple[str, bytes]] = {
    "garden-plan.png": ("image/png", png(360, 250)),
    "shopping list.txt": ("text/plain", _SHOPPING.encode()),
    "offer-roof.pdf": ("application/pdf", pdf(_OFFER)),
    "Übergabeprotokoll.txt": ("text/plain", "Schlüssel: 3\nZähler Strom: 48113\nZähler Gas: 9027\n".encode()),
    "itinerary.pdf": ("application/pdf", pdf(["Out: Friday 09:40", "Back: Tuesday 18:15", "Seats 14A, 14B"])),
}
