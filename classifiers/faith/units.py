"""Units of measure: their names, what they measure, and how large they are (SI, and NIST SP 811 for the others)."""

import re

_TABLE = """
length m: m metre metres meter meters=1; km kilometre kilometres kilometer kilometers kms=1000
length m: cm centimetre centimetres centimeter centimeters=.01; mm millimetre millimetres millimeter millimeters=.001
length m: µm um micrometre micrometres micrometer micrometers micron microns=1e-6; nm nanometre nanometres nanometer nanometers=1e-9
length m: mi mile miles=1609.344; yd yds yard yards=.9144; ft foot feet=.3048; inch inches=.0254; league leagues=4828
length m: fathom fathoms=1.8288; furlong furlongs=201.168; au=1.495978707e11; light-year light-years lightyear lightyears=9.4607e15
length m: parsec parsecs=3.0857e16
area m2: m2 m² sqm=1; km2 km²=1e6; hectare hectares ha=1e4; acre acres=4046.856; cm2 cm²=1e-4; mi2=2589988
volume m3: m3 m³=1; cm3 cm³ cc=1e-6; km3 km³=1e9; l litre litres liter liters=.001; ml millilitre millilitres milliliter milliliters=1e-6
volume m3: cl centilitre centilitres=1e-5; gallon gallons gal=.003785412; pint pints=.000473176; quart quarts=.000946353
volume m3: barrel barrels=.158987; cup cups=.000236588; tablespoon tablespoons tbsp=1.4787e-5; teaspoon teaspoons tsp=4.9289e-6
mass kg: kg kilogram kilograms kilogramme kilogrammes kilo kilos=1; g gram grams gramme grammes=.001; mg milligram milligrams=1e-6
mass kg: µg microgram micrograms=1e-9; tonne tonnes=1000; ton tons=1000; lb lbs=.45359237; oz ounce ounces=.02834952; stone=6.35029
mass kg: carat carats=.0002
time s: s sec secs second seconds=1; ms millisecond milliseconds=.001; µs microsecond microseconds=1e-6; ns nanosecond nanoseconds=1e-9
time s: min mins minute minutes=60; h hr hrs hour hours=3600; day days=86400; week weeks=604800; fortnight fortnights=1209600
time s: month months=2629746; year years yr yrs=31556952; decade decades=315569520; century centuries=3155695200
time s: millennium millennia=31556952000; night nights=86400
data B: byte bytes=1; bit bits=.125; kb kilobyte kilobytes=1000; mb megabyte megabytes=1e6; gb gigabyte gigabytes=1e9
data B: tb terabyte terabytes=1e12; pb petabyte petabytes=1e15; kib kibibyte kibibytes=1024; mib mebibyte mebibytes=1048576
data B: gib gibibyte gibibytes=1073741824; tib tebibyte=1.099511627776e12; kbit kilobit kilobits=125; mbit megabit megabits=125000
data B: gbit gigabit gigabits=1.25e8
frequency Hz: hz hertz=1; khz kilohertz=1000; mhz megahertz=1e6; ghz gigahertz=1e9; rpm=.0166667
power W: w watt watts=1; kw kilowatt kilowatts=1000; mw megawatt megawatts=1e6; gw gigawatt gigawatts=1e9; hp horsepower=745.7
energy J: j joule joules=1; kj kilojoule kilojoules=1000; kwh=3.6e6; mwh=3.6e9; gwh=3.6e12; cal calorie calories=4.184
energy J: kcal kilocalorie kilocalories=4184; ev electronvolt electronvolts=1.602e-19; megajoule megajoules mj=1e6
pressure Pa: pa pascal pascals=1; kpa kilopascal kilopascals=1000; mpa megapascal megapascals=1e6; hpa hectopascal hectopascals=100
pressure Pa: bar bars=1e5; mbar millibar millibars=100; psi=6894.76; atm atmosphere atmospheres=101325; mmhg=133.322
voltage V: v volt volts=1; kv kilovolt kilovolts=1000; mv millivolt millivolts=.001
current A: a amp amps ampere amperes=1; ma milliamp milliamps milliampere milliamperes=.001
resistance ohm: ohm ohms Ω=1; kilohm kilohms=1000; megohm megohms=1e6
force N: n newton newtons=1; kn kilonewton kilonewtons=1000
amount mol: mol mole moles=1; mmol millimole millimoles=.001
angle deg: degree degrees °=1; radian radians rad=57.29578; arcminute arcminutes=.0166667; arcsecond arcseconds=.000277778
temperature C: °c celsius centigrade=1; temperature F: °f fahrenheit=1; temperature K: kelvin kelvins k=1
speed m/s: mph=.44704; kph kmh km/h=.2777778; m/s=1; knot knots kn/h=.514444
share 1: % percent percents per-cent pct=.01; ‰ permille=.001; share pp: percentage-point percentage-points=.01
money USD: $ usd dollar dollars us$=1; money EUR: € eur euro euros=1; money GBP: £ gbp sterling=1; money JPY: ¥ jpy yen=1
money INR: ₹ inr rupee rupees=1; money CNY: cny yuan renminbi=1; money CHF: chf franc francs=1; money cent: cent cents=1
money RUB: rouble roubles ruble rubles=1; money pence: penny pence=1; money shilling: shilling shillings=1; pound x: pound pounds=.45359237
loudness dB: db decibel decibels=1; people n: px pixel pixels=1; dozen n: dozen dozens=1
"""


def _read() -> dict[str, tuple[str, str, float]]:
    found: dict[str, tuple[str, str, float]] = {}
    for entry in re.split(r"[\n;]", _TABLE):
        if not entry.strip():
            continue
        head, _, rest = entry.partition(":")
        if rest:
            kind = " ".join(head.split())
        names, _, factor = (rest or entry).rpartition("=")
        for name in names.split():
            found[name] = (kind, names.split()[0], float(factor))
    return found


UNITS = _read()  # name: (what is measured, in what), the unit's first name, its size
LONG = {name for name in UNITS if len(name) > 3 and name.isalpha()} - {
    "stone",
    "second",
    "foot",
    "bar",
    "bars",
    "dozen",
}
LONG -= {
    "month",
    "months",
    "years",
    "year",
    "days",
    "weeks",
    "week",
    "night",
    "nights",
    "hours",
    "hour",
    "minute",
}
LONG -= {
    "minutes",
    "seconds",
    "decade",
    "decades",
    "century",
    "centuries",
    "pound",
    "mole",
    "cups",
    "league",
    "leagues",
}
LONG -= {
    "moles",
    "degree",
    "degrees",
    "pixel",
    "pixels",
    "yard",
    "yards",
    "penny",
    "cent",
    "cents",
    "bits",
    "quart",
    "atmosphere",
}
_ABBREVIATED = {
    "a",
    "h",
    "j",
    "n",
    "v",
    "w",
    "k",
    "l",
    "g",
    "m",
    "s",
    "au",
    "mi",
    "min",
    "ma",
    "pa",
    "cal",
    "gal",
    "pb",
}
_CASED = {
    "MW": "mw",
    "mW": "milliwatt",
    "MB": "mb",
    "Mb": "mbit",
    "GB": "gb",
    "Gb": "gbit",
    "MPa": "mpa",
    "mPa": "millipascal",
}
UNITS["milliwatt"] = ("power W", "milliwatt", 0.001)
UNITS["millipascal"] = ("pressure Pa", "millipascal", 0.001)
_NAMES = "|".join(sorted((re.escape(name) for name in UNITS if name not in "$€£¥₹"), key=len, reverse=True))
_TIMES = r"second|sec|s|minute|min|hour|hr|h|day|week|month|year|night|decade|century"
AFTER = re.compile(
    rf"[\s\-]?(?P<power>square|cubic|sq\.?|cu\.?)?[\s\-]?(?P<unit>{_NAMES})(?P<sign>[²³23])?(?![\w°])"
    rf"(?:\s*(?:of\s\w+\s)?(?:per|an?|/|each|every)\s*(?P<rate>{_TIMES}|person|head|capita|litre|liter|kilometre|kilometer|km|kg"
    rf"|mile|hectare|acre)s?\b)?",
    re.I,
)
_POWERS = {"square": 2, "sq": 2, "sq.": 2, "cubic": 3, "cu": 3, "cu.": 3, "²": 2, "³": 3, "2": 2, "3": 3}


def read_after(text: str, at: int) -> tuple[str, str, float, int] | None:
    """The unit that follows a number: what it measures, its name, its size, and where it ends."""
    found = AFTER.match(text, at)
    if not found:
        return None
    said = found["unit"]
    name = _CASED.get(said, said.lower())
    if name in _ABBREVIATED and said not in (name, name.upper()):
        return None
    if name == "a" and said != "A":
        return None
    kind, first, size = UNITS[name]
    power = _POWERS.get((found["power"] or found["sign"] or "").lower(), 1)
    if power > 1:
        if kind != "length m":
            return None
        kind, first, size = {2: "area m2", 3: "volume m3"}[power], f"{first}{power}", size**power
    if found["rate"]:
        per = found["rate"].lower()
        unit = UNITS.get(per)
        kind = f"{kind}/{unit[0] if unit else per}"
        first, size = f"{first}/{unit[1] if unit else per}", size / (unit[2] if unit else 1)
        if kind == "length m/time s":
            kind = "speed m/s"
    return kind, first, size, found.end()
