"""Everyday items of the demo, in national code formats, that no rule restricts: the background of every claim.

The codes are well-formed; drugs and consumables carry invented serial and maker digits. Prices are plausible, in fen.
"""

from dataclasses import dataclass

from services.contracts.intake import ItemKind


@dataclass(frozen=True, slots=True)
class Item:
    """One chargeable item."""

    code: str
    kind: ItemKind
    name: str
    price_fen: int
    """Price of one unit, in fen."""


def _western(stem: str, name: str, price_fen: int) -> Item:
    # X, class (5), substance (3), dosage form and strength (…), and at the end a maker that does not exist.
    return Item(f"{stem}010190001", "drug", name, price_fen)


WESTERN_DRUGS = (
    _western("XJ01CAA040E001", "阿莫西林胶囊", 1280),
    _western("XJ01DCT099A001", "头孢呋辛酯片", 2360),
    _western("XJ01FAA110A001", "阿奇霉素片", 1890),
    _western("XJ01MAZ096A001", "左氧氟沙星片", 1450),
    _western("XC08CAA178A001", "氨氯地平片", 860),
    _western("XC09CAX051A001", "缬沙坦片", 2140),
    _western("XC09AAY061A001", "依那普利片", 1120),
    _western("XC07ABM071A001", "美托洛尔片", 970),
    _western("XC10AAA175A001", "阿托伐他汀片", 1530),
    _western("XB01ACA047A001", "阿司匹林肠溶片", 1240),
    _western("XA10BAE112A001", "二甲双胍片", 990),
    _western("XA10BBG065A001", "格列美脲片", 1760),
    _western("XA10BFA038A001", "阿卡波糖片", 2080),
    _western("XA02BCA205A001", "奥美拉唑肠溶胶囊", 1340),
    _western("XA02BAF043A001", "法莫替丁片", 620),
    _western("XA03FAD189A001", "多潘立酮片", 1580),
    _western("XR05CBA187A001", "氨溴索片", 1190),
    _western("XR03DCM085A001", "孟鲁司特片", 2640),
    _western("XR06AEX068A001", "西替利嗪片", 1010),
    _western("XM01AEB104E001", "布洛芬缓释胶囊", 1670),
    _western("XN02BED130A001", "对乙酰氨基酚片", 580),
    _western("XH03AAZ104A001", "左甲状腺素钠片", 2950),
    _western("XM04AAB080A001", "别嘌醇片", 730),
    _western("XA11CCG010A001", "骨化三醇胶囊", 3280),
)
"""Tablets and capsules, sold by the pack."""

INFUSIONS = (
    _western("XB05BBL142B002", "氯化钠注射液", 420),
    _western("XB05BAP089B002", "葡萄糖注射液", 390),
    _western("XJ01DDT088B001", "头孢曲松注射剂", 980),
    _western("XA02BCP025B001", "泮托拉唑注射剂", 1860),
    _western("XR05CBA187B002", "氨溴索注射液", 760),
    _western("XB01ABG015B002", "肝素注射液", 1120),
    _western("XA03FAJ019B002", "甲氧氯普胺注射液", 180),
    _western("XB05XAL177B002", "氯化钾注射液", 150),
)
"""What is given on a ward or in the emergency room, by the vial."""

CHINESE_MEDICINES = (
    Item("ZA01BAL0152010190001", "drug", "连花清瘟胶囊", 1480),
    Item("ZA01BAG0067010190001", "drug", "感冒灵颗粒", 1190),
    Item("ZA03BAH0331010190001", "drug", "黄连上清片", 640),
    Item("ZA09ABX0252010190001", "drug", "香砂养胃丸", 1260),
    Item("ZA12GAF0089010190001", "drug", "复方丹参滴丸", 2780),
    Item("ZA09BAL0270010190001", "drug", "六味地黄丸", 1650),
    Item("ZA06CAJ0212010190001", "drug", "急支糖浆", 1430),
    Item("ZG02BAY0171010190001", "drug", "云南红药胶囊", 2190),
)
"""Chinese patent medicines (中成药), sold by the pack."""

HERBS = (
    Item("T009900101", "herb", "柴胡", 12),
    Item("T009900102", "herb", "黄芩", 8),
    Item("T009900103", "herb", "法半夏", 22),
    Item("T009900104", "herb", "茯苓", 7),
    Item("T009900105", "herb", "炒白术", 11),
    Item("T009900106", "herb", "泽泻", 6),
    Item("T009900107", "herb", "川芎", 9),
    Item("T009900108", "herb", "赤芍", 10),
    Item("T009900109", "herb", "桔梗", 9),
    Item("T009900110", "herb", "陈皮", 5),
)
"""Pieces (中药饮片) the fund pays in every prescription, by the gram."""

OUTPATIENT_SERVICES = (
    Item("002501010159900", "service", "血细胞分析", 2000),
    Item("002501020359900", "service", "尿液分析", 1200),
    Item("002503050019900", "service", "肝功能组合", 4800),
    Item("002503070019900", "service", "肾功能组合", 3600),
    Item("002503030019900", "service", "血脂组合", 3200),
    Item("002503040019900", "service", "电解质组合", 2800),
    Item("003107010019900", "service", "常规心电图检查", 1800),
    Item("002203010019900", "service", "彩色多普勒超声检查", 9000),
    Item("002101020159900", "service", "数字化摄影", 6000),
    Item("002103000019900", "service", "计算机体层平扫", 18000),
    Item("001204000069900", "service", "静脉采血", 300),
    Item("001202000019900", "service", "换药", 1500),
    Item("003401000119900", "service", "红外线治疗", 1600),
    Item("004300000059900", "service", "普通针刺", 2200),
)
"""Examinations and treatments, each at most once in a visit."""

VISIT_FEE = Item("001102000019900", "service", "门诊诊查费", 1500)
EMERGENCY_FEE = Item("001102000029900", "service", "急诊诊查服务", 2500)
OBSERVATION = Item("001204000079900", "service", "急诊静脉输液", 1200)
BED = Item("001109000019900", "service", "病房床位", 4000)
WARD_VISIT = Item("001102000059900", "service", "病房诊查", 2000)
NURSING = Item("001201000039900", "service", "病房护理", 2400)
INFUSION_SERVICE = Item("001204000069901", "service", "病房静脉输液", 900)

CONSUMABLES = (
    Item("C0201010010000190001", "consumable", "一次性输液器", 260),
    Item("C0201020010000190002", "consumable", "一次性注射器", 90),
    Item("C0201030010000190003", "consumable", "留置针", 1850),
    Item("C0201040010000190004", "consumable", "无菌敷贴", 340),
    Item("C0201050010000190005", "consumable", "一次性采血针", 60),
    Item("C0201060010000190006", "consumable", "医用棉签", 120),
)
"""Consumables, by the piece."""
