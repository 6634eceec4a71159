"""The national interface of institutions (定点医药机构接口): forms of fields, nodes, visits and their assembly."""
