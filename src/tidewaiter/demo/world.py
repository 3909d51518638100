"""The fictional world of the demo: three administrations, their traders, goods and prices.

Facts for the generator (`scenario`); nothing here knows a lane, a score or a partner's warning.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Country:
    """A fictional administration with its offices and ports."""

    code: str  # user-assigned, ISO 3166-1
    name: str
    administration: str
    timezone: str
    offices: tuple[tuple[str, str], ...]  # code, name
    ports: tuple[str, ...]  # fictional UN/LOCODE


@dataclass(frozen=True, slots=True)
class Good:
    """A line of trade: what it is, where it comes from and what it usually costs."""

    hs: str  # six digits
    description: str
    origins: tuple[str, ...]
    price: float  # US dollars a kilogram, the median
    load: float  # kilograms a consignment, the median
    unit: str  # UN/ECE Recommendation 20
    piece: float  # kilograms a unit


@dataclass(frozen=True, slots=True)
class Trader:
    """A party to trade, honest or not; what it does is in `scenario`."""

    identifier: str
    name: str
    country: str
    city: str


COUNTRIES: Final = (
    Country(
        "XA",
        "Arvenia",
        "Customs of Arvenia",
        "Europe/Athens",
        (("XA-PRT", "Port Saltmere"), ("XA-AIR", "Saltmere Airport")),
        ("XAPRT", "XAAIR"),
    ),
    Country(
        "XB",
        "Belmora",
        "Belmora Revenue and Customs",
        "Europe/Lisbon",
        (("XB-HAR", "Harbour of Quill"), ("XB-LND", "Larkfield Land Post")),
        ("XBHAR", "XBLND"),
    ),
    Country(
        "XC",
        "Corvia",
        "Corvian Customs Service",
        "Europe/Oslo",
        (("XC-NOR", "Northgate"), ("XC-FRE", "Free Port of Ember")),
        ("XCNOR", "XCFRE"),
    ),
)

GOODS: Final = (
    Good(
        "640299",
        "Footwear, outer soles and uppers of rubber or plastics",
        ("CN", "VN"),
        9.5,
        5200,
        "PR",
        0.9,
    ),
    Good(
        "640411", "Sports footwear with textile uppers", ("CN", "VN", "ID"), 16.0, 4200, "PR", 0.8
    ),
    Good("610910", "T-shirts of cotton, knitted", ("BD", "TR", "IN"), 11.0, 3600, "NAR", 0.2),
    Good("620342", "Trousers of cotton", ("BD", "PK", "TR"), 14.0, 3000, "NAR", 0.5),
    Good("420222", "Handbags with outer surface of textile", ("CN", "IN"), 18.0, 1800, "NAR", 0.6),
    Good("851713", "Smartphones", ("CN", "VN", "KR"), 420.0, 350, "NAR", 0.35),
    Good("852990", "Parts for monitors and television sets", ("CN", "MY"), 31.0, 1500, "KGM", 1.0),
    Good("854140", "Photosensitive semiconductor devices", ("CN", "MY"), 22.0, 9000, "NAR", 20.0),
    Good("870830", "Brakes and parts for vehicles", ("DE", "TR", "CN"), 8.2, 4800, "KGM", 1.0),
    Good(
        "401110", "New pneumatic tyres for motor cars", ("CN", "TH", "DE"), 4.1, 14000, "NAR", 9.0
    ),
    Good("330300", "Perfumes and toilet waters", ("FR", "AE"), 55.0, 900, "LTR", 1.0),
    Good(
        "330499",
        "Preparations for the care of the skin",
        ("FR", "KR", "TR"),
        24.0,
        1600,
        "KGM",
        1.0,
    ),
    Good("300490", "Medicaments in measured doses", ("IN", "DE", "CH"), 85.0, 800, "KGM", 1.0),
    Good("950300", "Toys", ("CN", "VN"), 9.0, 3800, "KGM", 1.0),
    Good("940360", "Wooden furniture", ("PL", "VN", "MY"), 3.4, 9500, "NAR", 22.0),
    Good("090111", "Coffee, not roasted", ("BR", "ET", "CO"), 4.6, 19000, "KGM", 1.0),
    Good("180100", "Cocoa beans, raw", ("CI", "GH"), 7.9, 18000, "KGM", 1.0),
    Good("080390", "Bananas, fresh", ("EC", "CO"), 0.8, 21000, "KGM", 1.0),
    Good(
        "220421", "Wine in bottles of two litres or less", ("FR", "ES", "ZA"), 6.4, 8000, "LTR", 1.3
    ),
    Good("240220", "Cigarettes containing tobacco", ("AE", "TR"), 28.0, 2400, "KGM", 1.0),
    Good("440711", "Pine wood, sawn", ("SE", "FI", "BR"), 0.6, 24000, "MTQ", 520.0),
    Good("721049", "Flat-rolled steel, zinc coated", ("KR", "TR", "CN"), 1.0, 23000, "KGM", 1.0),
    Good("847130", "Portable computers", ("CN", "TW"), 210.0, 600, "NAR", 1.9),
    Good(
        "847989", "Machines with individual functions", ("DE", "IT", "CN"), 27.0, 2600, "NAR", 240.0
    ),
)

SUPPLIER_WORDS: Final = (
    "Blue Heron", "Eastgate", "Silver Reed", "Harbour Nine", "Ninth Bridge", "Old Mill", "Red Kiln",
    "Clear Spring", "Long Meadow", "Stone Ford", "White Crane", "Amber Coast", "Far Ridge",
    "Green Delta", "High Terrace", "Iron Gate", "Jade Field", "Kestrel", "Lantern", "Marble Arch",
)  # fmt: skip
SUPPLIER_TRADES: Final = ("Manufacturing", "Export", "Industries", "Trading", "Works")
IMPORTER_WORDS: Final = (
    "Alder", "Bramble", "Cormorant", "Dunlin", "Elder", "Fulmar", "Gannet", "Hawthorn", "Ivy",
    "Juniper", "Knot", "Linnet", "Merlin", "Nettle", "Osprey", "Plover", "Quince", "Rowan", "Skua",
    "Tern", "Umber", "Vetch", "Willow", "Yarrow",
)  # fmt: skip
IMPORTER_TRADES: Final = ("Imports", "Wholesale", "Stores", "Supply", "and Sons", "Distribution")
CITIES: Final = {
    "XA": "Saltmere", "XB": "Quill", "XC": "Northgate", "CN": "Ningbo", "VN": "Hai Phong",
    "ID": "Semarang", "BD": "Chattogram", "TR": "Izmir", "IN": "Mundra", "PK": "Karachi",
    "KR": "Busan", "MY": "Port Klang", "DE": "Hamburg", "TH": "Laem Chabang", "FR": "Le Havre",
    "AE": "Jebel Ali", "CH": "Basel", "PL": "Gdynia", "BR": "Santos", "ET": "Addis Ababa",
    "CO": "Cartagena", "CI": "Abidjan", "GH": "Tema", "EC": "Guayaquil", "ES": "Valencia",
    "ZA": "Cape Town", "SE": "Gothenburg", "FI": "Kotka", "TW": "Kaohsiung", "IT": "Genoa",
}  # fmt: skip
LOADING: Final = {
    "CN": "CNNGB", "VN": "VNHPH", "ID": "IDSRG", "BD": "BDCGP", "TR": "TRIZM", "IN": "INMUN",
    "PK": "PKKHI", "KR": "KRPUS", "MY": "MYPKG", "DE": "DEHAM", "TH": "THLCH", "FR": "FRLEH",
    "AE": "AEJEA", "CH": "CHBSL", "PL": "PLGDY", "BR": "BRSSZ", "ET": "ETADD", "CO": "COCTG",
    "CI": "CIABJ", "GH": "GHTEM", "EC": "ECGYE", "ES": "ESVLC", "ZA": "ZACPT", "SE": "SEGOT",
    "FI": "FIKTK", "TW": "TWKHH", "IT": "ITGOA",
}  # fmt: skip
