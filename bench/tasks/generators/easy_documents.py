"""One-sentence notes whose fields stand in the text as they are wanted, and in the wanted order."""

from bench.tasks.generators import vocabulary as words
from bench.tasks.generators.draw import Draw

Document = tuple[str, dict[str, object]]  # text, its fields


def person(draw: Draw) -> str:
    return f"{draw.one_of(words.FIRST_NAMES)} {draw.one_of(words.LAST_NAMES)}"


def company(draw: Draw) -> str:
    return f"{draw.one_of(words.COMPANY_HEADS)} {draw.one_of(words.COMPANY_TAILS)}"


def _filled(templates: tuple[str, ...], variant: int, fields: dict[str, object]) -> Document:
    return templates[variant % len(templates)].format(**fields), fields


def order(draw: Draw, variant: int) -> Document:
    templates = (
        "Order from {customer}: {quantity} {product}.",
        "{customer} ordered {quantity} {product}.",
        "{customer} bought {quantity} {product} today.",
        "{customer} asks for {quantity} {product}.",
        "Our customer {customer} needs {quantity} {product}.",
    )
    return _filled(
        templates,
        variant,
        {
            "customer": person(draw),
            "quantity": draw.between(2, 96),
            "product": draw.one_of(words.COMMON_PRODUCTS),
        },
    )


def contact(draw: Draw, variant: int) -> Document:
    templates = (
        "Name: {name}. Phone: {phone}. City: {city}.",
        "{name}, phone {phone}, city {city}.",
        "{name} has the phone {phone} in the city of {city}.",
        "Our contact is {name}, phone {phone}, in {city}.",
    )
    return _filled(
        templates,
        variant,
        {
            "name": person(draw),
            "phone": f"555-{draw.between(1000, 9999)}",
            "city": draw.one_of(words.COMMON_CITIES),
        },
    )


def guest(draw: Draw, variant: int) -> Document:
    templates = (
        "{name} is {age} years old and lives in {country}.",
        "Name: {name}. Age: {age}. Country: {country}.",
        "{name}, age {age}, from {country}.",
        "{name} is {age} and was born in {country}.",
    )
    return _filled(
        templates,
        variant,
        {"name": person(draw), "age": draw.between(18, 87), "country": draw.one_of(words.COMMON_COUNTRIES)},
    )


def invoice(draw: Draw, variant: int) -> Document:
    templates = (
        "Invoice {invoice} from {company}. Total: {total} dollars.",
        "Invoice: {invoice}. Company: {company}. Total: {total}.",
        "Please pay invoice {invoice} from {company}. The total is {total} dollars.",
        "We got invoice {invoice} from {company}. The total is {total} dollars.",
        "Invoice {invoice} from {company} has a total of {total} dollars.",
    )
    return _filled(
        templates,
        variant,
        {"invoice": draw.between(1000, 9999), "company": company(draw), "total": draw.between(10, 909)},
    )


def meeting(draw: Draw, variant: int) -> Document:
    templates = (
        "Topic: {topic}. Day: {day}. Time: {time}.",
        "The {topic} is on {day} at {time}.",
        "The {topic} will be on {day} at {time}.",
        "The {topic} starts on {day} at {time}.",
        "We have the {topic} on {day} at {time}.",
    )
    time = f"{draw.between(8, 17)}:{draw.one_of(('00', '15', '30', '45'))}"
    return _filled(
        templates,
        variant,
        {"topic": draw.one_of(words.COMMON_TOPICS), "day": draw.one_of(words.WEEKDAYS), "time": time},
    )


def delivery(draw: Draw, variant: int) -> Document:
    templates = (
        "{company} delivers {boxes} boxes on {day}.",
        "Company: {company}. Boxes: {boxes}. Day: {day}.",
        "{company} will send {boxes} boxes on {day}.",
        "{company} has {boxes} boxes for us on {day}.",
    )
    return _filled(
        templates,
        variant,
        {"company": company(draw), "boxes": draw.between(2, 96), "day": draw.one_of(words.WEEKDAYS)},
    )


def booking(draw: Draw, variant: int) -> Document:
    templates = (
        "{guest} booked room {room} for {nights} nights.",
        "Guest: {guest}. Room: {room}. Nights: {nights}.",
        "{guest} has room {room} for {nights} nights.",
        "{guest} takes room {room} for {nights} nights.",
    )
    return _filled(
        templates,
        variant,
        {"guest": person(draw), "room": draw.between(100, 899), "nights": draw.between(2, 13)},
    )


def payment(draw: Draw, variant: int) -> Document:
    templates = (
        "{name} paid {amount} dollars on {day}.",
        "Name: {name}. Amount: {amount}. Day: {day}.",
        "{name} sent us {amount} dollars on {day}.",
        "{name} gave us {amount} dollars on {day}.",
    )
    return _filled(
        templates,
        variant,
        {"name": person(draw), "amount": draw.between(10, 909), "day": draw.one_of(words.WEEKDAYS)},
    )


EASY_DOCUMENTS = (order, contact, guest, invoice, meeting, delivery, booking, payment)
