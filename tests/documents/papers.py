"""Declarations to test with."""

from datetime import UTC, datetime

from tidewaiter.documents.batch import Taken
from tidewaiter.documents.declaration import Declaration, GoodsShipment
from tidewaiter.documents.element import Mass, Moment, Money
from tidewaiter.documents.goods import (
    Classification,
    Commodity,
    DutyTaxFee,
    ExportCountry,
    GoodsItem,
    GoodsMeasure,
    Origin,
)
from tidewaiter.documents.party import Party

AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def declaration(
    number: str = "L-1", *, declarant: str = "XA900001", function: str = "9", price: int = 125_000
) -> Declaration:
    item = GoodsItem(
        sequence_numeric=1,
        customs_value_amount=Money(amount=price, currency="EUR"),
        commodity=Commodity(
            description="Running shoes",
            brand_name="Alpenlauf",
            classifications=(Classification(id="640411", identification_type_code="SRZ"),),
            duty_tax_fees=(DutyTaxFee(tax_rate_numeric=8_000_000, type_code="A"),),
            goods_measure=GoodsMeasure(net_net_weight_measure=Mass(grams=250_000)),
        ),
        origins=(Origin(country_code="CN"),),
    )
    return Declaration(
        function_code=function,
        functional_reference_id=number,
        issue_date_time=Moment(at=datetime(2026, 3, 1), format_code="102"),  # noqa: DTZ001
        type_code="IMA",
        declaration_office_id="XA001",
        declarant=Party(id=declarant),
        exporter=Party(name="Société Arvénienne de Négoce, S. A. R. L."),
        goods_shipment=GoodsShipment(
            importer=Party(id="XA900002", name="Nordmark Sport GmbH"),
            export_country=ExportCountry(id="XB"),
            goods_items=(item,),
        ),
    )


def taken(number: str = "L-1", **more: object) -> Taken:
    return Taken(declaration(number, **more))  # type: ignore[arg-type]
