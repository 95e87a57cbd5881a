"""Letters whose fields must be found among others, corrected, converted or computed."""

from datetime import date, timedelta

from bench.tasks.generators import vocabulary as words
from bench.tasks.generators.draw import Draw
from bench.tasks.generators.easy_documents import Document, company

_FIRST_DAY = date(2024, 1, 1)
_NUMERALS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def contact(draw: Draw, variant: int) -> Document:
    """Somebody took over from somebody else, with a new number in another city."""
    former, successor = _people(draw, 2)
    old_city, new_city = draw.some_of(words.CITIES, 2)
    old_phone, new_phone = (f"555-{number}" for number in draw.some_of(range(1000, 10000), 2))
    text = _either(
        variant,
        f"{former} ({old_phone}, {old_city}) has left us. Please write to {successor} from now on, who "
        f"sits in {new_city} and can be reached at {new_phone}.",
        f"Until last week {former} was your contact in {old_city}, phone {old_phone}. {successor} in "
        f"{new_city} has taken over; the old number is dead, the new one is {new_phone}.",
    )
    return text, {"name": successor, "phone": new_phone, "city": new_city}


def order(draw: Draw, variant: int) -> Document:
    """The quantity of one line is corrected, and one line is cancelled."""
    customer, clerk = _people(draw, 2)
    kept, changed, cancelled = draw.some_of(words.PRODUCTS, 3)
    n_kept, n_cancelled = draw.between(2, 12), draw.between(2, 12)
    n_first, n_last = draw.between(2, 12), draw.between(13, 60)
    spoken = _NUMERALS[n_kept - 2]
    asked = _either(
        variant,
        f"Dear {clerk}, this is {customer} of {company(draw)}. We would like {spoken} {kept}, {n_first} "
        f"{changed} and {n_cancelled} {cancelled}.",
        f"{clerk} took down an order: {n_first} {changed}, {n_cancelled} {cancelled} and {spoken} {kept} "
        f"for {customer}, who works at {company(draw)}.",
    )
    corrected = _either(
        variant,
        f"On second thought, make it {n_last} {changed} and leave out the {cancelled}.",
        f"Later that day the {cancelled} were cancelled and the number of {changed} was raised to {n_last}.",
        f"As it turns out, no {cancelled} are needed, and {n_last - n_first} {changed} more than that.",
    )
    items = sorted([(kept, n_kept), (changed, n_last)])
    fields: dict[str, object] = {
        "customer": customer,
        "items": [{"product": product, "quantity": quantity} for product, quantity in items],
    }
    return f"{asked} {corrected}", fields


def invoice(draw: Draw, variant: int) -> Document:
    """The total is a sum of products less a discount; the due date is counted from the date."""
    sender, number = company(draw), draw.between(1000, 9999)
    day = _FIRST_DAY + timedelta(days=draw.below(700))
    days = draw.one_of((7, 10, 14, 30, 45))
    one, other = draw.some_of(words.PRODUCTS, 2)
    n_one, n_other = draw.between(2, 9), draw.between(2, 9)
    price_one, price_other = draw.between(3, 40), draw.between(3, 40)
    discount = draw.between(1, 9)
    text = _either(
        variant,
        f"{sender} writes: our invoice {number} of {_spoken(day, variant)} covers {n_one} {one} at "
        f"{price_one} dollars each and {n_other} {other} at {price_other} dollars each. As agreed we take "
        f"{discount} dollars off. It is due {days} days after its date.",
        f"Invoice {number}, dated {_spoken(day, variant)}, came from {sender}: {n_other} {other} "
        f"({price_other} dollars apiece), {n_one} {one} ({price_one} dollars apiece), less a discount of "
        f"{discount} dollars. We have {days} days from that date to pay.",
    )
    fields: dict[str, object] = {
        "invoice": number,
        "company": sender,
        "due": (day + timedelta(days=days)).isoformat(),
        "total": n_one * price_one + n_other * price_other - discount,
    }
    return text, fields


def meeting(draw: Draw, variant: int) -> Document:
    """The meeting moved; its end follows from its length."""
    topic, host = draw.one_of(words.COMMON_TOPICS), _people(draw, 1)[0]
    old_day, new_day = draw.some_of(words.WEEKDAYS, 2)
    planned = 60 * draw.between(8, 16) + 15 * draw.below(4)  # minutes of the day
    shift, length = draw.one_of((30, 45, 60, 90)), draw.one_of((20, 40, 50, 75, 90))
    text = _either(
        variant,
        f"The {topic}, planned for {old_day} at {_clock(planned)}, cannot take place that day. {host} "
        f"moved it to {new_day}, and it will begin {shift} minutes later than planned. Please keep "
        f"{length} minutes free.",
        f"{host} wrote: we will not meet on {old_day} at {_clock(planned)}. Let us have the {topic} on "
        f"{new_day} instead, {shift} minutes later in the day; it takes {length} minutes.",
    )
    start = planned + shift
    return text, {"topic": topic, "day": new_day, "start": _clock(start), "end": _clock(start + length)}


def booking(draw: Draw, variant: int) -> Document:
    """Nights are counted between two dates, guests from the family, and the room was changed."""
    guest = _people(draw, 1)[0]
    nights, n_children = draw.between(2, 12), draw.between(2, 4)
    arrival = _FIRST_DAY + timedelta(days=draw.below(700))
    came, left = _spoken(arrival, variant), _spoken(arrival + timedelta(days=nights), variant)
    old_room, room = draw.some_of(range(101, 900), 2)
    children = f"{_NUMERALS[n_children - 2]} children"
    text = _either(
        variant,
        f"{guest} arrives on {came} with a partner and {children}, and leaves on {left}. We had given "
        f"them room {old_room}, but moved them to room {room}.",
        f"Room {old_room} has a leak, so the family of {guest} (two parents, {children}) will get room "
        f"{room} from {came} until they depart on {left}.",
    )
    fields: dict[str, object] = {"guest": guest, "room": room, "people": 2 + n_children, "nights": nights}
    return text, fields | {"arrival": arrival.isoformat()}


def _either(variant: int, *ways: str) -> str:
    return ways[variant % len(ways)]


def _people(draw: Draw, n: int) -> list[str]:
    firsts, lasts = draw.some_of(words.FIRST_NAMES, n), draw.some_of(words.LAST_NAMES, n)
    return [f"{first} {last}" for first, last in zip(firsts, lasts, strict=True)]


def _spoken(day: date, variant: int) -> str:
    month = words.MONTHS[day.month - 1]
    return _either(variant, f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


HARD_DOCUMENTS = (contact, order, invoice, meeting, booking)
