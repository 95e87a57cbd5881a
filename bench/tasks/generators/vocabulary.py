"""Word pools of the generated tasks. A change here changes the items: raise the generator's version with it.

The COMMON pools hold words that begin with a token of their own in small vocabularies, also right after a
quotation mark: a small model copies "Boston" into JSON, and turns "Cardiff" into another word.
"""

FIRST_NAMES = tuple(
    """Aisha Alba Anton Beatriz Bruno Carlos Chloe Clara Daniel Diego Elena Emil Farah Felix Grace Hannah
    Hugo Ines Ivan Jonas Julia Karim Keiko Lars Leila Lena Lucas Maria Marta Mei Mila Nadia Noah Nora
    Olga Omar Oscar Paula Pedro Priya Rafael Rosa Samuel Sara Simon Sofia Stefan Tara Theo Tom Vera
    Viktor Yara Yusuf Zoe""".split()
)
LAST_NAMES = tuple(
    """Abbas Almeida Andersen Bauer Berg Bianchi Brandt Castro Costa Cruz Dubois Eriksen Farkas Fischer
    Fontaine Garcia Gruber Hassan Herrera Horvat Ito Jansen Keller Khan Kovacs Kumar Lang Larsen
    Lindgren Lopez Mancini Mendes Meyer Moreau Morgan Nakamura Novak Nowak Okafor Olsen Patel Pereira
    Petrov Reyes Ricci Rossi Santos Schmidt Silva Singh Tanaka Torres Turner Varga Vogel Weber Wolf
    Wright Yilmaz Zhang""".split()
)
COMPANY_HEADS = tuple(
    """Black Blue Central Delta Eastern First Global Golden Green Iron National Northern Ocean Pacific
    Prime Rapid Red River Rock Royal Silver Smart Solar Southern Star Union Urban Western White""".split()
)
COMPANY_TAILS = tuple(
    """Bakery Builders Chemicals Cleaning Dental Design Electric Energy Farms Foods Furniture Glass Hotels
    Imports Labs Logistics Media Motors Optics Paper Pharma Plumbing Print Security Steel Supplies
    Textiles Tools Toys Travel""".split()
)
COMMON_CITIES = tuple("Boston Cambridge Chicago Jackson Lincoln London Oxford Paris Rome Washington".split())
COMMON_COUNTRIES = tuple("Brazil Canada China Egypt France Germany India Italy Japan Mexico Spain".split())
COMMON_PRODUCTS = tuple(
    """apples bags beds belts blocks books boxes brushes cards chairs computers doors filters flowers games
    keys letters maps phones photos plants sheets shirts tables tools windows""".split()
)
COMMON_TOPICS = (
    "budget review", "class visit", "code review", "contract talk", "customer call", "data workshop",
    "design workshop", "fire drill", "health check", "market report", "music class", "product test",
    "project review", "quality check", "safety training", "security check", "staff training",
    "team lunch",
)  # fmt: skip
CITIES = tuple(
    """Athens Austin Bergen Bilbao Boston Bremen Bristol Cardiff Chicago Cologne Dallas Denver Dublin
    Florence Geneva Glasgow Graz Hamburg Helsinki Leeds Lisbon London Lyon Madrid Malaga Milan Munich
    Nairobi Naples Osaka Oslo Ottawa Paris Porto Prague Riga Rome Seattle Seville Turin Venice Vienna
    Warsaw Zurich""".split()
)
PRODUCTS = (
    "backpacks", "bike helmets", "blankets", "bookshelves", "candles", "coffee mugs", "desk lamps",
    "door mats", "drill sets", "flower pots", "folding tables", "garden chairs", "gift boxes",
    "hammers", "kitchen knives", "ladders", "laptop stands", "light bulbs", "mirrors", "notebooks",
    "office chairs", "paint brushes", "paper towels", "phone cases", "picture frames", "pillows",
    "raincoats", "safety gloves", "shopping bags", "tea cups", "tool boxes", "umbrellas", "wall clocks",
    "water bottles", "water filters", "yoga mats",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
