"""Fields of a file of reversals: one row takes a settlement back whole, or one line of it in part."""

from services.intake.domain.imports.fields import ImportField

REVERSAL = (
    ImportField(
        "institution_code",
        "/institution_code",
        "code",
        "定点医药机构编号",
        "head",
        required=True,
        interface=("fixmedins_code",),
        also=("定点医药机构编码", "定点医疗机构编码", "医疗机构编码", "医药机构编码", "机构编码", "机构编号"),
    ),
    ImportField(
        "settlement_id",
        "/settlement_id",
        "code",
        "结算ID",
        "head",
        required=True,
        interface=("setl_id",),
        also=("结算编号", "结算单号", "结算流水号", "医保结算ID", "原结算ID", "原结算编号"),
    ),
    ImportField(
        "reversal_id",
        "/reversal_id",
        "code",
        "退费编号",
        "head",
        also=("退费ID", "退费单号", "退费流水号", "冲销编号", "冲销单号"),
    ),
    ImportField("number", "/number", "integer", "明细序号", "line", also=("行号",)),
    ImportField("quantity", "/quantity", "decimal", "退费数量", "line", also=("退回数量", "数量")),
    ImportField("amount_fen", "/amount_fen", "fen", "退费金额", "line", also=("退回金额", "金额")),
)
"""Without a line's number, quantity and amount all that is left of the settlement is taken back."""
