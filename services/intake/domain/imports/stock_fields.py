"""Fields of a file of stock movements."""

from services.intake.domain.imports.fields import ImportField

KIND = {
    **dict.fromkeys(("count", "3501", "3501a", "盘点", "盘存", "库存盘点"), "count"),
    **dict.fromkeys(("change", "3502", "3502a", "变更", "库存变更"), "change"),
    **dict.fromkeys(("purchase", "3503", "3503a", "采购", "商品采购", "入库", "采购入库"), "purchase"),
    **dict.fromkeys(("purchase_return", "3504", "3504a", "采购退货", "商品采购退货"), "purchase_return"),
    **dict.fromkeys(("sale", "3505", "3505a", "销售", "商品销售"), "sale"),
    **dict.fromkeys(("sale_return", "3506", "3506a", "销售退货", "商品销售退货"), "sale_return"),
    **dict.fromkeys(("delete", "3507", "删除", "信息删除"), "delete"),
}
PAID_BY = {**dict.fromkeys(("insurance", "1", "医保"), "insurance"), **dict.fromkeys(("self", "2", "自费"), "self")}

MOVEMENT = (
    ImportField(
        "movement_id",
        "/movement_id",
        "code",
        "进销存单据编号",
        required=True,
        interface=("fixmedins_bchno",),
        also=("定点医药机构批次流水号", "单据编号", "进销存流水号"),
    ),
    ImportField(
        "institution_code",
        "/institution_code",
        "code",
        "定点医药机构编号",
        required=True,
        interface=("fixmedins_code",),
        also=("定点医药机构编码", "医药机构编码", "机构编码", "机构编号"),
    ),
    ImportField(
        "kind", "/kind", "choice", "业务类型", required=True, interface=("infno",), also=("交易编号",), choices=KIND
    ),
    ImportField(
        "moved_at",
        "/moved_at",
        "instant",
        "发生时间",
        required=True,
        interface=("sel_retn_time", "purc_retn_stoin_time", "inv_chg_time", "invdate"),
        also=("销售时间", "入库时间", "采购入库时间", "盘点时间", "盘存日期", "变更时间", "业务时间"),
    ),
    ImportField(
        "item_code",
        "/item_code",
        "code",
        "医疗目录编码",
        interface=("med_list_codg",),
        also=("医保目录编码", "国家医保编码", "医保编码"),
    ),
    ImportField(
        "hospital_item_code",
        "/hospital_item_code",
        "code",
        "定点医药机构目录编号",
        interface=("fixmedins_hilist_id",),
        also=("院内编码", "商品编码"),
    ),
    ImportField(
        "quantity",
        "/quantity",
        "decimal",
        "数量",
        interface=("sel_retn_cnt", "purc_retn_cnt", "inv_cnt", "cnt"),
        also=("销售数量", "采购数量", "库存数量", "变更数量"),
    ),
    ImportField(
        "unit_price",
        "/unit_price",
        "decimal",
        "单价",
        interface=("finl_trns_pric", "pric"),
        also=("最终成交单价", "成交单价"),
    ),
    ImportField("amount_fen", "/amount_fen", "fen", "金额", also=("总金额", "销售金额", "采购金额")),
    ImportField("batch_number", "/batch_number", "code", "生产批号", interface=("manu_lotnum",), also=("批号",)),
    ImportField("produced_on", "/produced_on", "day", "生产日期", interface=("manu_date",)),
    ImportField("expires_on", "/expires_on", "day", "有效期止", interface=("expy_end",), also=("有效期至", "有效期")),
    ImportField(
        "traceability_codes",
        "/traceability_codes",
        "codes",
        "药品追溯码",
        interface=("drug_trac_codg", "drug_trac_code"),
        also=("追溯码",),
    ),
    ImportField("split_pack", "/split_pack", "flag", "拆零标志", interface=("trdn_flag",), also=("拆零", "是否拆零")),
    ImportField("change_reason", "/change_reason", "code", "库存变更类型", interface=("inv_chg_type",)),
    ImportField(
        "document_number",
        "/document_number",
        "code",
        "零售单据号",
        interface=("rtal_docno", "purc_invo_no"),
        also=("采购发票号", "单据号"),
    ),
    ImportField("supplier_permit", "/supplier_permit", "code", "供应商许可证号", interface=("spler_pmtno",)),
    ImportField("prescription_number", "/prescription_number", "code", "处方号", interface=("rxno",)),
    ImportField("prescription_drug", "/prescription_drug", "flag", "处方药标志", interface=("rx_flag",)),
    ImportField("paid_by", "/paid_by", "choice", "就诊结算类型", interface=("mdtrt_setl_type",), choices=PAID_BY),
    ImportField(
        "settlement_id", "/settlement_id", "code", "结算ID", interface=("setl_id",), also=("结算编号", "医保结算ID")
    ),
    ImportField("visit_id", "/visit_id", "code", "就医流水号", interface=("mdtrt_sn",), also=("就诊ID",)),
    ImportField(
        "refers_to",
        "/refers_to",
        "code",
        "原单据编号",
        interface=("medins_prod_sel_no", "medins_prod_purc_no"),
        also=("商品销售流水号", "商品采购流水号"),
    ),
)
